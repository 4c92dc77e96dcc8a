"""Access tokens with the claims of hosted Supabase: lite's own lack most of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import jwt
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from mentalspace.devstack.gateway.errors import AuthRejectionError
from mentalspace.devstack.gateway.keys import ALGORITHM
from mentalspace.devstack.gateway.users import Pool, UserStore, is_banned
from mentalspace.errors import InputError

TOKEN_REFRESH = "token_refresh"  # noqa: S105  (a method's name)
HOOK_TIMEOUT = "2s"
_HOOK = re.compile(r"pg-functions://[^/]+/(\w+)/(\w+)")
# A hook may add claims and change values; a token without these is none.
REQUIRED = ("aud", "exp", "iat", "sub", "email", "phone", "role", "aal", "session_id", "is_anonymous")


class TokenIssuer:
    """Signs lite's tokens anew, under the same secret, so that lite and REST accept them as their own."""

    def __init__(self, secret: str, issuer: str, store: UserStore, hook: AccessTokenHook | None) -> None:
        self._secret = secret
        self._issuer = issuer
        self._store = store
        self._hook = hook

    async def issue(self, token: str, method: str) -> str:
        """The full token for lite's `token`; where none may be, raises the refusal and ends the session.

        `method` is how the user proved themselves; after a refresh the session's first methods stand.
        """
        claims = jwt.decode(token, self._secret, algorithms=[ALGORITHM], options={"verify_aud": False})
        try:
            full = await self._enrich(claims, method)
            if self._hook:
                full = await self._hook.run(full, method)
        except AuthRejectionError:
            await self._store.fetch_all("end_session", session_id=claims["session_id"])
            raise
        return jwt.encode(full, self._secret, algorithm=ALGORITHM)

    async def _enrich(self, claims: Mapping[str, Any], method: str) -> dict[str, Any]:
        row = await self._store.find("find_users", ids=[UUID(claims["sub"])])
        if row is None or row["deleted_at"]:
            raise AuthRejectionError(403, "user_not_found", "User from sub claim in JWT does not exist")
        if is_banned(row):
            raise AuthRejectionError(403, "user_banned", "User is banned")
        session_id = claims["session_id"]
        if method != TOKEN_REFRESH:
            await self._store.fetch_all("record_method", session_id=session_id, method=method)
        return {
            "iss": self._issuer,
            **{name: claims[name] for name in ("sub", "aud", "exp", "iat")},
            "email": row["email"] or "",
            "phone": row["phone"] or "",
            "app_metadata": row["raw_app_meta_data"] or {},
            "user_metadata": row["raw_user_meta_data"] or {},
            "role": row["role"],
            "aal": "aal1",
            "amr": await self._store.fetch_all("list_methods", session_id=session_id),
            "session_id": session_id,
            "is_anonymous": row["is_anonymous"],
        }


class AccessTokenHook:
    """The project's `custom_access_token` hook: a Postgres function that supabase_auth_admin may execute."""

    def __init__(self, uri: str, pool: Pool) -> None:
        match = _HOOK.fullmatch(uri)
        if not match:
            raise InputError("CUSTOM_ACCESS_TOKEN_HOOK: write pg-functions://postgres/<schema>/<function>")
        self._call = sql.SQL("select {}(%s) as result").format(sql.Identifier(match[1], match[2]))
        self._pool = pool

    async def run(self, claims: Mapping[str, Any], method: str) -> dict[str, Any]:
        """The claims that the function wants; raises `AuthRejectionError` when it refuses, fails or errs."""
        event = {"user_id": claims["sub"], "claims": claims, "authentication_method": method}
        try:
            result = await self._execute(event)
        except psycopg.Error as error:
            raise AuthRejectionError(500, "unexpected_failure", "Error running hook") from error
        if isinstance(refusal := result.get("error"), dict):
            status = int(refusal.get("http_code") or 500)
            code = "unexpected_failure" if status == 500 else "unknown"
            raise AuthRejectionError(status, code, str(refusal.get("message", "")))
        return _complete(result.get("claims"))

    async def _execute(self, event: Mapping[str, Any]) -> dict[str, Any]:
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(sql.SQL("set local statement_timeout = {}").format(HOOK_TIMEOUT))
            row = await (await connection.execute(self._call, (Jsonb(event),))).fetchone()
        result = row["result"] if row else None
        return result if isinstance(result, dict) else {}


def _complete(claims: Any) -> dict[str, Any]:
    if not isinstance(claims, dict):
        raise AuthRejectionError(500, "unexpected_failure", "output claims field is missing")
    if missing := [name for name in REQUIRED if name not in claims]:
        lines = "".join(f"- (root): {name} is required\n" for name in missing)
        message = f"output claims do not conform to the expected schema: \n{lines}"
        raise AuthRejectionError(500, "unexpected_failure", message)
    return claims
