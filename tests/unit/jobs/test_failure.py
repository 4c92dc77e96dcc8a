"""What is recorded of an error: its kind, its place, what to do; never what a row holds."""

from __future__ import annotations

import psycopg
import pytest

from mentalspace.database.sqlstate import DatabaseError
from mentalspace.errors import RefusedError, UnavailableError
from mentalspace.jobs.failure import describe_failure, is_passing


def caught(error: Exception) -> Exception:
    with pytest.raises(type(error)) as info:
        raise error
    return info.value


def test_own_errors_say_what_to_do() -> None:
    failure = describe_failure(UnavailableError("start the embedded stack"))
    assert (failure.error_class, failure.message) == ("UnavailableError", "start the embedded stack")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("Jane Roe"),
        KeyError("Jane Roe"),
        psycopg.errors.InvalidTextRepresentation('invalid input syntax for type uuid: "Jane Roe"'),
        psycopg.errors.UniqueViolation("Key (name)=(Jane Roe) already exists."),
        DatabaseError("22P02", 'invalid input syntax for type uuid: "Jane Roe"'),
    ],
)
def test_foreign_texts_are_left_out(error: Exception) -> None:
    failure = describe_failure(caught(error))
    assert "Jane" not in failure.message
    assert "test_failure.py" in failure.message


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (UnavailableError(), True),
        (ConnectionResetError(), True),
        (psycopg.OperationalError(), True),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.DeadlockDetected(), True),
        (psycopg.errors.SerializationFailure(), True),
        (DatabaseError("40P01", "deadlock detected"), True),
        (psycopg.errors.CheckViolation(), False),
        (psycopg.errors.QueryCanceled(), False),
        (DatabaseError("42501", "permission denied"), False),
        (RefusedError(), False),
        (ValueError(), False),
    ],
)
def test_only_transport_and_contention_pass(error: Exception, *, passing: bool) -> None:
    assert is_passing(error) is passing
