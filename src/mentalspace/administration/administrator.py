"""An administrator to be: who, and what came of it. Never connects."""

from __future__ import annotations

import re
import secrets
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

# The pattern of profiles_email_check: what it refuses must be refused before Auth makes a login.
_EMAIL = re.compile(r"^[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$")
SHORTEST_PASSWORD = 12


def _check_email(email: str) -> str:
    if not _EMAIL.match(email) or len(email) > 254:
        raise ValueError("not an e-mail address; write name@example.org")
    return email


Email = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True), AfterValidator(_check_email)]
PersonName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]


class Candidate(BaseModel):
    """Who shall be an administrator. The names are used only for a profile that does not exist yet."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    email: Email
    first_name: PersonName = "Practice"
    last_name: PersonName = "Administrator"


class Administrator(BaseModel):
    """Somebody who is an administrator now, and what had to be done for it."""

    model_config = ConfigDict(frozen=True)

    user_id: UUID
    email: str
    login_created: bool
    profile_created: bool
    role_assigned: bool


def generate_password() -> str:
    """A random password of 24 characters (144 bits)."""
    return secrets.token_urlsafe(18)
