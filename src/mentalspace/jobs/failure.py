"""What may be written down about an error: its kind and what to do, never a row's values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from sysconfig import get_path
from traceback import extract_tb

import psycopg

from mentalspace.database.sqlstate import ADVICE, DatabaseError
from mentalspace.errors import MentalspaceError, UnavailableError

# Connection lost, server starting or stopping, too many clients, deadlock, serialization, lock not free.
_PASSING = ("08", "57P", "53", "40", "55P03")
# Postgres quotes the offending value in the primary message of a data exception.
_QUOTES_VALUES = "22"


@dataclass(frozen=True)
class Failure:
    """Why a run failed."""

    error_class: str
    message: str


def describe_failure(error: BaseException) -> Failure:
    """The recordable part of an error. A foreign error's own text is left out: it may quote a row."""
    kind = type(error).__name__
    match error:
        case DatabaseError(sqlstate=sqlstate) if sqlstate.startswith(_QUOTES_VALUES):
            return Failure(f"{kind} {sqlstate}", f"a value does not fit its type, in {_locate(error)}")
        case MentalspaceError():
            return Failure(kind, str(error))
        case psycopg.Error(sqlstate=str(sqlstate)):
            about = error.diag.constraint_name or error.diag.table_name or ""
            parts = (ADVICE.get(sqlstate, "refused by the database"), about, f"in {_locate(error)}")
            return Failure(f"{kind} {sqlstate}", ", ".join(part for part in parts if part))
    return Failure(kind, f"in {_locate(error)}")


def is_passing(error: BaseException) -> bool:
    """Whether the same run may succeed later: transport and contention, never the data."""
    match error:
        case DatabaseError(sqlstate=sqlstate) | psycopg.Error(sqlstate=str(sqlstate)):
            return sqlstate.startswith(_PASSING)
        case UnavailableError() | ConnectionError() | psycopg.OperationalError() | psycopg.InterfaceError():
            return True
    return False


def _locate(error: BaseException) -> str:
    """File and line, of the job's own code if it has a part in the error."""
    while error.__cause__:
        error = error.__cause__
    frames = list(extract_tb(error.__traceback__))
    own = [frame for frame in frames if _is_own(Path(frame.filename))]
    if not (frame := next(reversed(own or frames), None)):
        return "an unknown place"
    return f"{Path(frame.filename).name}:{frame.lineno}"


def _is_own(path: Path) -> bool:
    library = path.is_relative_to(get_path("stdlib")) or "site-packages" in path.parts
    return "mentalspace" in path.parts or not library
