"""What is said about a database that does not answer: where, and never the password."""

from __future__ import annotations

import pytest

from mentalspace.database.connection import connect
from mentalspace.errors import InputError, UnavailableError


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://postgres:hunter2@127.0.0.1:1/practice",
        "host=127.0.0.1 port=1 dbname=practice user=postgres password=hunter2",
    ],
)
async def test_an_address_is_named_without_its_password(address: str) -> None:
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:1/practice") as caught:
        async with connect(address):
            pass
    assert "hunter2" not in str(caught.value)


async def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(InputError, match="postgresql://"):
        async with connect("nonsense hunter2"):
            pass
