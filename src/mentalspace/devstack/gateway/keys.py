"""API keys: who may knock, and what the service behind is told. Pure; logs nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Literal

import jwt

from mentalspace.devstack.gateway.errors import RejectionError

KeyRole = Literal["anon", "service_role"]
ALGORITHM = "HS256"
LEGACY_ISSUER = "supabase-demo"
# Until 2036: a legacy key is as good as the secret that signed it.
LEGACY_EXPIRY = 2_085_000_000
_BROWSER = re.compile(r"^\s*Mozilla/5\.0", re.IGNORECASE)


@dataclass(frozen=True)
class Admission:
    """A request with a good key: the key's role, the key to pass on, the user's token if it brought one."""

    role: KeyRole
    apikey: str
    token: str | None

    @property
    def headers(self) -> dict[str, str]:
        """What the services behind are told of it."""
        return {"apikey": self.apikey} | ({"authorization": f"Bearer {self.token}"} if self.token else {})


@dataclass(frozen=True)
class ApiKeys:
    """The project's keys: opaque ones, and the legacy JWTs that the project's secret signs."""

    publishable: str
    secret: str
    jwt_secret: str

    def role_of(self, key: str) -> KeyRole | None:
        """The role of a key; None for anything else, a user's own token included."""
        if compare_digest(key.encode(), self.publishable.encode()):
            return "anon"
        if compare_digest(key.encode(), self.secret.encode()):
            return "service_role"
        return self._legacy_role(key)

    def legacy(self, role: KeyRole) -> str:
        """The `anon` or `service_role` JWT for clients that still want one."""
        claims = {"iss": LEGACY_ISSUER, "role": role, "exp": LEGACY_EXPIRY}
        return jwt.encode(claims, self.jwt_secret, algorithm=ALGORITHM)

    def admit(self, headers: Mapping[str, str], query: Mapping[str, str]) -> Admission:
        """Let a request in by its `apikey` header or parameter, or raise hosted Supabase's 401."""
        key = headers.get("apikey") or query.get("apikey")
        if not key:
            raise _refuse(
                "MISSING_API_KEY",
                "No API key found in request",
                "No `apikey` request header or url param was found.",
            )
        role = self.role_of(key)
        if role is None:
            raise _refuse("INVALID_API_KEY", "Invalid API key", "Double check your Supabase `apikey`")
        if key == self.secret and _BROWSER.match(headers.get("user-agent", "")):
            raise _refuse("INVALID_API_KEY_TYPE", "Forbidden use of secret API key in browser")
        apikey = self.publishable if role == "anon" else self.secret
        return Admission(role, apikey, _token(headers, key))

    def _legacy_role(self, key: str) -> KeyRole | None:
        try:
            role = jwt.decode(
                key,
                self.jwt_secret,
                algorithms=[ALGORITHM],
                options={"verify_aud": False, "require": ["exp"]},
            ).get("role")
        except jwt.InvalidTokenError:
            return None
        return role if role in ("anon", "service_role") else None


def _token(headers: Mapping[str, str], key: str) -> str | None:
    """The user's token. Clients without one send the key again; another opaque key there is a mistake."""
    authorization = headers.get("authorization")
    if not authorization:
        return None
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or token == key:
        return None
    if token.startswith("sb_"):
        raise _refuse("INVALID_API_KEY", "Invalid API key", "A key in `Authorization` must equal `apikey`")
    return token


def _refuse(code: str, message: str, hint: str | None = None) -> RejectionError:
    body = {"message": message} | ({"hint": hint} if hint else {})
    return RejectionError(401, body, {"sb-error-code": f"UNAUTHORIZED_{code}"})
