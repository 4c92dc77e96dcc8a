"""What is said about a database that does not answer: where, and never the password."""

from __future__ import annotations

import pytest

from mentalspace.database.connection import _split_pooled, connect
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


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://h:6543/db", ("postgresql://h:6543/db", True)),
        ("host=h port=6543", ("host=h port=6543", True)),
        ("postgresql://h:6543/db?pgbouncer=false", ("postgresql://h:6543/db", False)),
        ("postgresql://h/db?sslmode=require&pgbouncer=true", ("postgresql://h/db?sslmode=require", True)),
        ("postgresql://h/db?pgbouncer=true&sslmode=require", ("postgresql://h/db?sslmode=require", True)),
        ("postgresql://h:5432/db", ("postgresql://h:5432/db", False)),
    ],
)
def test_a_pooler_in_transaction_mode_is_known_by_port_or_word(
    address: str, expected: tuple[str, bool]
) -> None:
    assert _split_pooled(address) == expected
