"""Hints carry what was asked for and nothing else of a row; tokens are renewed in time."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from logging.handlers import BufferingHandler

import pytest

from mentalspace.realtime import Hint, Kind
from mentalspace.realtime.hint import parse_hint
from mentalspace.realtime.token import Token, constant

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DATA = {
    "schema": "public",
    "table": "clients",
    "type": "UPDATE",
    "commit_timestamp": NOW.isoformat(),
    "record": {"id": 1, "first_name": "somebody"},
}


def test_only_the_columns_that_were_asked_for() -> None:
    assert parse_hint(DATA, ()) == Hint("public", "clients", Kind.update, NOW)
    hint = parse_hint(DATA, ("id", "absent"))
    assert hint
    assert hint.values == {"id": 1}
    assert "somebody" not in repr(hint)


@pytest.mark.parametrize("wrong", [{}, {"type": "TRUNCATE", "schema": "a", "table": "b"}, {"type": "INSERT"}])
def test_what_is_no_change_is_no_hint(wrong: dict[str, object]) -> None:
    assert parse_hint(wrong, ()) is None


@pytest.mark.parametrize("moment", [None, "", "yesterday", 7])
def test_a_time_that_is_none_is_left_out(moment: object) -> None:
    hint = parse_hint({**DATA, "commit_timestamp": moment, "record": None}, ("id",))
    assert hint == Hint("public", "clients", Kind.update, None)


def test_tokens_are_renewed_before_they_expire() -> None:
    assert Token("t", NOW + timedelta(hours=1)).renewal(NOW) == timedelta(minutes=48)
    assert Token("t", NOW - timedelta(hours=1)).renewal(NOW) == timedelta(seconds=1)
    assert Token("t").renewal(NOW) is None
    assert "secret" not in repr(Token("secret"))


async def test_a_key_is_a_token_that_does_not_expire() -> None:
    assert await constant("key")() == Token("key")


def test_what_the_client_logs_goes_nowhere() -> None:
    import mentalspace.realtime.session

    assert mentalspace.realtime.session
    handler = BufferingHandler(10)
    logging.getLogger().addHandler(handler)
    logging.getLogger("realtime._async.client").error("Unrecognized message format: a row")
    logging.getLogger().removeHandler(handler)
    assert handler.buffer == []
