"""What Postgres means by a SQLSTATE, in this toolkit's errors. Values of rows never pass through."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from mentalspace.errors import MentalspaceError, RefusedError, UnavailableError

ADVICE = {
    "42501": "permission denied; connect as the owner of the schema (on Supabase: postgres)",
    "42P01": "a table is missing; run `mentalspace database migrate` first",
    "3F000": "a schema is missing; run `mentalspace database migrate` first",
    "42883": "a function is missing; run `mentalspace database migrate` first",
    "57014": "the statement took too long and was cancelled",
    "55P03": "a lock is held by somebody else; try again",
    "25006": "the connection is read-only",
}


class DatabaseError(RefusedError):
    """Postgres refused the statement."""

    def __init__(self, sqlstate: str, message: str) -> None:
        self.sqlstate = sqlstate
        super().__init__(message)


@contextmanager
def translate() -> Iterator[None]:
    """Turn psycopg's errors into this toolkit's: the primary message and SQLSTATE, never `detail`."""
    try:
        yield
    except MentalspaceError:
        raise
    except psycopg.Error as error:
        raise explain(error) from error


def explain(error: psycopg.Error) -> MentalspaceError:
    """The toolkit's error for one of psycopg's."""
    # psycopg's own: Postgres holds dates that Python cannot. To try again would not help.
    sqlstate = "22008" if error.sqlstate is None and isinstance(error, psycopg.DataError) else error.sqlstate
    if sqlstate is None:
        return UnavailableError("the database closed the connection; is the stack still running?")
    # "invalid input syntax for type date: …" quotes the value: class 22 is named, never repeated.
    quotes_values = sqlstate.startswith("22")
    message = "a value does not fit" if quotes_values else error.diag.message_primary or "refused"
    advice = ADVICE.get(sqlstate)
    text = f"{message} ({sqlstate})"
    return DatabaseError(sqlstate, f"{text}: {advice}" if advice else text)
