from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentalspace.devstack.gateway.errors import AuthRejectionError
from mentalspace.devstack.gateway.person import (
    Person,
    check_email,
    check_phone,
    merge_metadata,
    parse_ban,
    parse_person,
)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("", None),
        ("none", timedelta(0)),
        ("24h", timedelta(hours=24)),
        ("2h45m", timedelta(hours=2, minutes=45)),
        ("1.5s", timedelta(seconds=1.5)),
        ("300ms", timedelta(milliseconds=300)),
        ("876000h", timedelta(days=36500)),
    ],
)
def test_bans_are_written_as_go_writes_them(text: str, duration: timedelta | None) -> None:
    assert parse_ban(text) == duration


@pytest.mark.parametrize("text", ["1", "h", "1d", "-1h", "1h ", "1h,2m", "forever", "1e3h", "9" * 400 + "h"])
def test_other_bans_are_refused(text: str) -> None:
    with pytest.raises(AuthRejectionError):
        parse_ban(text)


@given(st.text())
def test_any_ban_is_read_or_refused(text: str) -> None:
    with suppress(AuthRejectionError):
        parse_ban(text)


def test_addresses_are_lower_case_and_numbers_bare() -> None:
    assert check_email("Bo.Li@Example.COM") == "bo.li@example.com"
    assert check_phone("+1 555 0100") == "15550100"
    for wrong in ("a", "a@b", "a b@c.d", "@c.d", "a@c.d "):
        with pytest.raises(AuthRejectionError):
            check_email(wrong)
    for wrong in ("0555", "call me", "1" * 20):
        with pytest.raises(AuthRejectionError):
            check_phone(wrong)


FIELDS = st.sampled_from(sorted({*Person.model_fields, "ban_duration", "other"}))
VALUES = st.none() | st.text() | st.integers() | st.booleans() | st.lists(st.none())


@given(st.dictionaries(FIELDS, VALUES))
def test_any_body_is_read_or_refused(body: dict[str, Any]) -> None:
    with suppress(AuthRejectionError):
        parse_person(body)


def test_passwords_are_hashed_or_kept() -> None:
    hashed = Person(password="a long password").encrypted_password()
    assert hashed
    assert bcrypt.checkpw(b"a long password", hashed.encode())
    assert Person(password_hash=hashed).encrypted_password() == hashed
    assert Person().encrypted_password() is None
    with pytest.raises(AuthRejectionError):
        Person(password="a long password", password_hash=hashed).encrypted_password()


def test_metadata_merges_and_null_removes() -> None:
    assert merge_metadata({"a": 1, "b": 2}, {"b": None, "c": {"d": None}}) == {"a": 1, "c": {"d": None}}
    assert merge_metadata({"a": 1}, None) is None
    assert merge_metadata(None, {"a": None}) == {}
