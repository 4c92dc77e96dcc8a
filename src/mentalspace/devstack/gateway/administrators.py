"""Who may call the admin endpoints, and what they are told when the database says no."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import jwt
import psycopg
from starlette.requests import Request
from starlette.responses import Response

from mentalspace.devstack.gateway.errors import AuthRejectionError, database_failed
from mentalspace.devstack.gateway.keys import ALGORITHM, ApiKeys

ADMIN_ROLES = frozenset({"service_role", "supabase_admin"})
Endpoint = Callable[[Request], Awaitable[Response]]


def administrators_only(keys: ApiKeys, endpoint: Endpoint, doing: str) -> Endpoint:
    """The endpoint, refusing everybody else before anything is read."""

    async def guarded(request: Request) -> Response:
        refuse_others(keys, request)
        try:
            return await endpoint(request)
        except psycopg.Error as error:
            raise database_failed(doing, error) from error

    return guarded


def refuse_others(keys: ApiKeys, request: Request) -> None:
    """Raise unless an administrator asks: by their own token if they sent one, else by the key."""
    admission = keys.admit(request.headers, request.query_params)
    role = admission.role if admission.token is None else _role_of(admission.token, keys.jwt_secret)
    if role not in ADMIN_ROLES:
        raise AuthRejectionError(403, "not_admin", "User not allowed")


def _role_of(token: str, secret: str) -> Any:
    try:
        claims = jwt.decode(token, secret, algorithms=[ALGORITHM], options={"verify_aud": False})
    except jwt.InvalidTokenError as error:
        message = "invalid JWT: unable to parse or verify signature"
        raise AuthRejectionError(403, "bad_jwt", message) from error
    return claims.get("role")
