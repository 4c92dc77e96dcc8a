"""Answers that say no, in the shapes that Supabase's clients read."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import psycopg
from starlette.requests import Request
from starlette.responses import JSONResponse

from mentalspace.errors import MentalspaceError

logger = logging.getLogger(__name__)


class RejectionError(MentalspaceError):
    """The request is answered with an error."""

    def __init__(
        self, status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.body = dict(body)
        self.headers = dict(headers or {})
        super().__init__(f"answered {status}")


class AuthRejectionError(RejectionError):
    """Refused as Supabase Auth refuses: `{code, error_code, msg}`, and the code in a header."""

    def __init__(self, status: int, code: str, message: str, **details: Any) -> None:
        self.code = code
        self.message = message
        body = {"code": status, "error_code": code, "msg": message, **details}
        super().__init__(status, body, {"x-sb-error-code": code})


def database_failed(doing: str, error: Exception | None = None) -> AuthRejectionError:
    """What Auth says of a database error: never which row, never why. Logs the SQLSTATE."""
    if error:
        logger.warning("database error %s: %s", doing, describe(error))
    return AuthRejectionError(500, "unexpected_failure", f"Database error {doing}")


async def answer_database_error(_: Request, error: Exception) -> JSONResponse:
    """The exception handler for `psycopg.Error`, and so for a database that is away."""
    rejection = database_failed("querying schema", error)
    return JSONResponse(rejection.body, rejection.status, rejection.headers)


async def answer_rejection(_: Request, error: Exception) -> JSONResponse:
    """The exception handler for `RejectionError`."""
    assert isinstance(error, RejectionError)  # noqa: S101  (registered for that class)
    return JSONResponse(error.body, error.status, error.headers)


def describe(error: BaseException) -> str:
    """One log line for an error: its kind and SQLSTATE. Messages of Postgres hold rows' values."""
    state = error.sqlstate if isinstance(error, psycopg.Error) else None
    return f"{type(error).__name__} {state}" if state else type(error).__name__
