"""What an administrator says about a user, checked as Auth checks it. Never connects."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import bcrypt
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from mentalspace.devstack.gateway.errors import AuthRejectionError

SHORTEST_PASSWORD = 6
# bcrypt reads no further, so Auth takes no more.
LONGEST_PASSWORD = 72
BCRYPT_ROUNDS = 10
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"[1-9]\d{1,14}")
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+")
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")
SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
NOT_BANNED = timedelta(0)
# 64 bits of nanoseconds
LONGEST_BAN = timedelta(hours=2_562_047)


def check_email(email: str) -> str:
    """The address in lower case; empty stays empty. Raises Auth's refusal."""
    if email and not _EMAIL.fullmatch(email):
        raise _invalid("Unable to validate email address: invalid format")
    return email.lower()


def check_phone(phone: str) -> str:
    """The number without its plus; empty stays empty. Raises Auth's refusal."""
    number = phone.strip().removeprefix("+").replace(" ", "")
    if number and not _PHONE.fullmatch(number):
        raise _invalid("Invalid phone number format (E.164 required)")
    return number


def parse_ban(duration: str) -> timedelta | None:
    """How long a ban lasts: `none` lifts it, `2h45m` as Go writes it; None when nothing is said."""
    if not duration:
        return None
    if duration == "none":
        return NOT_BANNED
    if not _DURATION.fullmatch(duration):
        raise _invalid(f'invalid format for ban duration: time: invalid duration "{duration[:20]}"')
    parts = _DURATION_PART.findall(duration)
    seconds = sum(float(amount) * SECONDS[unit] for amount, unit in parts)
    if seconds > LONGEST_BAN.total_seconds():
        raise _invalid("invalid format for ban duration: time: longer than Go can count")
    return timedelta(seconds=seconds)


class Person(BaseModel):
    """The body of the admin API's create and update."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: UUID | None = None
    email: Annotated[str, AfterValidator(check_email)] = ""
    phone: Annotated[str, AfterValidator(check_phone)] = ""
    password: str | None = None
    password_hash: str = ""
    email_confirm: bool = False
    phone_confirm: bool = False
    role: str = ""
    ban: Annotated[str, Field(alias="ban_duration")] = ""
    app_metadata: dict[str, Any] | None = None
    user_metadata: dict[str, Any] | None = None

    @property
    def providers(self) -> list[str]:
        return [name for name in ("email", "phone") if getattr(self, name)]

    def encrypted_password(self) -> str | None:
        """The bcrypt hash to store; None when no password is given. Slow on purpose."""
        if self.password_hash:
            if self.password:
                raise _invalid("Only a password or a password hash should be provided")
            if not _BCRYPT.fullmatch(self.password_hash):
                raise _invalid("invalid password hash: bcrypt expected")
            return self.password_hash
        return hash_password(self.password) if self.password else None


def parse_person(body: dict[str, Any]) -> Person:
    """The body as a `Person`; raises Auth's 400 naming the field."""
    # Clients send null for what they leave out.
    given = {name: value for name, value in body.items() if value is not None}
    try:
        return Person.model_validate(given)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise AuthRejectionError(400, "bad_json", f"Could not read admin user params: {field}") from None


def hash_password(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        message = f"Password should be at least {SHORTEST_PASSWORD} characters."
        raise AuthRejectionError(422, "weak_password", message, weak_password={"reasons": ["length"]})
    if len(password.encode()) > LONGEST_PASSWORD:
        raise _invalid(f"Password cannot be longer than {LONGEST_PASSWORD} characters")
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(BCRYPT_ROUNDS)).decode()


def merge_metadata(old: dict[str, Any] | None, new: dict[str, Any] | None) -> dict[str, Any] | None:
    """Old and new keys, where null removes one; None when nothing is said."""
    if new is None:
        return None
    return {name: value for name, value in {**(old or {}), **new}.items() if value is not None}


def _invalid(message: str) -> AuthRejectionError:
    return AuthRejectionError(400, "validation_failed", message)
