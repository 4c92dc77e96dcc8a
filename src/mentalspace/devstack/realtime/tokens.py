"""Who calls: API keys and JWTs become callers, with the claims that policies see. Never connects."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from jwt.types import Options

ROLES = ("anon", "authenticated", "service_role")
# Times are checked here by `exp` alone; audience and subject are the policies' matter.
_OPTIONS: Options = {
    "verify_aud": False,
    "verify_sub": False,
    "verify_iat": False,
    "verify_jti": False,
    "verify_iss": False,
}


class TokenError(Exception):
    """The key or token is refused; the text is the reason that clients are given."""


@dataclass(frozen=True)
class Caller:
    """A role and its claims as one text, which is also what tells two callers apart."""

    role: str
    claims: str
    subject: str = ""
    email: str = ""
    expires_at: float | None = None

    def seconds_left(self) -> float | None:
        """Until the token expires; None for a key, which does not."""
        return None if self.expires_at is None else self.expires_at - time.time()

    @property
    def expired(self) -> bool:
        left = self.seconds_left()
        return left is not None and left <= 0


def nobody(role: str) -> Caller:
    """A caller of the role without a subject."""
    return Caller(role, json.dumps({"role": role}))


@dataclass(frozen=True, repr=False)
class Keyring:
    """The keys of one project."""

    publishable_key: str
    secret_key: str
    jwt_secret: str

    def identify_key(self, key: str | None) -> Caller:
        """The caller behind an `apikey`: a publishable or secret key, or a JWT. Raises `TokenError`."""
        if not key:
            raise TokenError("InvalidApiKey: an apikey is required")
        if key == self.publishable_key:
            return nobody("anon")
        if key == self.secret_key:
            return nobody("service_role")
        return self._read(key)

    def identify(self, token: str | None, bearer: Caller) -> Caller:
        """The caller behind a token; without one, or with a key in its place, the socket's `bearer`."""
        if not token or token.startswith("sb_"):
            return bearer
        return self._read(token)

    def _read(self, token: str) -> Caller:
        try:
            claims = jwt.decode(token, self.jwt_secret, algorithms=["HS256"], options=_OPTIONS)
            return _caller(claims)
        except jwt.ExpiredSignatureError as error:
            raise TokenError("InvalidJWTToken: Token has expired") from error
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise TokenError("MalformedJWT: The token provided is not a valid JWT") from error


def _caller(claims: Mapping[str, Any]) -> Caller:
    if "role" not in claims or "exp" not in claims:
        raise TokenError("InvalidJWTToken: Fields `role` and `exp` are required in JWT")
    if claims["role"] not in ROLES:
        raise TokenError(f"InvalidJWTToken: the role must be one of {', '.join(ROLES)}")
    subject, email = _setting(claims.get("sub")), _setting(claims.get("email"))
    text = json.dumps(claims, sort_keys=True)
    return Caller(claims["role"], text, subject, email, float(claims["exp"]))


def _setting(value: Any) -> str:
    """A claim as a setting of Postgres can hold it. Raises `ValueError` for text that none can."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
    if "\0" in text:
        raise ValueError("a setting cannot hold a zero byte")
    return text.encode().decode()
