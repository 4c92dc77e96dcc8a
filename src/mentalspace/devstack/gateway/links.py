"""Links that confirm, invite, sign in or recover, made by an administrator."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from psycopg.types.json import Jsonb
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mentalspace.devstack.gateway.admin import DUPLICATES, create_user
from mentalspace.devstack.gateway.config import GatewayConfig
from mentalspace.devstack.gateway.errors import AuthRejectionError
from mentalspace.devstack.gateway.grants import hash_of_otp, read_json
from mentalspace.devstack.gateway.person import Person, check_email, merge_metadata
from mentalspace.devstack.gateway.users import UserStore, render_user

OTP_DIGITS = 6
NEW_PASSWORD_BYTES = 32
TYPES = frozenset({"signup", "invite", "magiclink", "recovery", "email_change_current"})


@dataclass(frozen=True)
class Link:
    """What was asked for, and the secret that answers it."""

    type: str
    email: str
    otp: str
    redirect_to: str

    @property
    def token(self) -> str:
        return hash_of_otp(self.email, self.otp)

    def address(self, issuer: str) -> str:
        kind = "email_change" if self.type == "email_change_current" else self.type
        query = {"token": self.token, "type": kind, "redirect_to": self.redirect_to}
        return f"{issuer}/verify?{urlencode(query)}"


class AdminLinks:
    """/auth/v1/admin/generate_link and /auth/v1/invite."""

    def __init__(self, store: UserStore, config: GatewayConfig) -> None:
        self._store = store
        self._issuer = config.issuer
        self._site_url = config.site_url
        self._mail_file = config.mail_file

    async def generate_link(self, request: Request) -> Response:
        """POST: the link and its code, for the caller to deliver; no mail."""
        body = await read_json(request)
        link, user = await self._make(str(body.get("type")), body, request)
        properties = {
            "action_link": link.address(self._issuer),
            "email_otp": link.otp,
            "hashed_token": link.token,
            "verification_type": link.type,
            "redirect_to": link.redirect_to,
        }
        return JSONResponse(user | properties)

    async def invite(self, request: Request) -> Response:
        """POST: create the user if need be, and mail the link (into MAIL_FILE)."""
        link, user = await self._make("invite", await read_json(request), request)
        if self._mail_file:
            await asyncio.to_thread(_capture, self._mail_file, link, link.address(self._issuer))
        return JSONResponse(user)

    async def _make(self, type_: str, body: dict[str, Any], request: Request) -> tuple[Link, dict[str, Any]]:
        if type_ not in TYPES:
            raise _invalid("Invalid email action link type requested")
        email = check_email(str(body.get("email") or ""))
        if not email:
            raise _invalid("An email address is required")
        found = await self._store.find("find_id_by_email", email=email)
        if found is None:
            type_ = await self._create(type_, email, body)
        elif type_ in ("signup", "invite"):
            await self._refuse_confirmed(found["id"], body)
        redirect_to = body.get("redirect_to") or request.query_params.get("redirect_to") or self._site_url
        link = Link(type_, email, _new_otp(), str(redirect_to))
        return link, await self._keep(link, body)

    async def _create(self, type_: str, email: str, body: dict[str, Any]) -> str:
        """Create the user that the link is for; return the link's type, which may have become a sign-up."""
        if type_ in ("recovery", "email_change_current"):
            raise AuthRejectionError(404, "user_not_found", "User with this email not found")
        password = str(body.get("password") or "") or None
        if type_ == "signup" and not password:
            raise _invalid("Signup requires a valid password")
        if type_ == "magiclink":
            type_, password = "signup", secrets.token_urlsafe(NEW_PASSWORD_BYTES)
        data = body.get("data") if isinstance(body.get("data"), dict) else None
        await create_user(self._store, Person(email=email, password=password, user_metadata=data))
        return type_

    async def _refuse_confirmed(self, user_id: UUID, body: dict[str, Any]) -> None:
        async with self._store.transaction() as store:
            row = await store.find("lock_user", id=user_id)
            if row is None or row["confirmed_at"]:
                code, message = DUPLICATES["email"]
                raise AuthRejectionError(422, code, message)
            if isinstance(data := body.get("data"), dict):
                merged = merge_metadata(row["raw_user_meta_data"], data)
                await store.fetch_all("set_user_metadata", id=user_id, user_metadata=Jsonb(merged))

    async def _keep(self, link: Link, body: dict[str, Any]) -> dict[str, Any]:
        async with self._store.transaction() as store:
            found = await store.find("find_id_by_email", email=link.email)
            values: dict[str, Any] = {"id": found["id"] if found else None, "token": link.token}
            if link.type in ("signup", "invite"):
                await store.fetch_all("set_confirmation_token", **values, invited=link.type == "invite")
            elif link.type == "email_change_current":
                new_email = check_email(str(body.get("new_email") or ""))
                await _refuse_taken(store, new_email)
                await store.fetch_all("set_email_change_token", **values, new_email=new_email)
            else:
                await store.fetch_all("set_recovery_token", **values)
            row = await store.find("find_users", ids=[values["id"]])
            if row is None:
                raise AuthRejectionError(404, "user_not_found", "User with this email not found")
            await store.audit("user_invited" if link.type == "invite" else "user_recovery_requested", row)
        return render_user(row)


async def _refuse_taken(store: UserStore, new_email: str) -> None:
    if not new_email:
        raise _invalid("Unable to validate email address: invalid format")
    if await store.find("find_id_by_email", email=new_email):
        code, message = DUPLICATES["email"]
        raise AuthRejectionError(422, code, message)


def _new_otp() -> str:
    return f"{secrets.randbelow(10**OTP_DIGITS):0{OTP_DIGITS}d}"


def _capture(file: Path, link: Link, address: str) -> None:
    message = {
        "at": datetime.now(UTC).isoformat(),
        "to": link.email,
        "type": link.type,
        "subject": "You have been invited",
        "otp": link.otp,
        "link": address,
    }
    file.touch(mode=0o600)
    with file.open("a", encoding="utf-8") as mails:
        mails.write(json.dumps(message) + "\n")


def _invalid(message: str) -> AuthRejectionError:
    return AuthRejectionError(400, "validation_failed", message)
