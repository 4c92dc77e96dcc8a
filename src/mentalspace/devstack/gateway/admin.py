"""Auth's admin endpoints for users, which lite lacks: list, create, read, change, ban, delete."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from psycopg.errors import UniqueViolation
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mentalspace.devstack.gateway.errors import AuthRejectionError
from mentalspace.devstack.gateway.grants import read_json
from mentalspace.devstack.gateway.person import Person, merge_metadata, parse_ban, parse_person
from mentalspace.devstack.gateway.users import UserStore, render_user

PAGE_SIZE = 50
LARGEST_PAGE = 1000
DUPLICATES = {
    "email": ("email_exists", "A user with this email address has already been registered"),
    "phone": ("phone_exists", "Phone number already registered by another user"),
}


class AdminUsers:
    """/auth/v1/admin/users."""

    def __init__(self, store: UserStore, public_url: str) -> None:
        self._store = store
        self._public_url = public_url

    async def list_users(self, request: Request) -> Response:
        """GET: the newest first, with the total and the neighbouring pages in the headers."""
        page, size = _read_page(request)
        counted = await self._store.find("count_users")
        total = int(counted["total"]) if counted else 0
        chosen = await self._store.fetch_all("list_ids", limit=size, offset=(page - 1) * size)
        rows = await self._store.fetch_all("find_users", ids=[row["id"] for row in chosen])
        users = [render_user(row) for row in rows]
        headers = {"x-total-count": str(total), "link": self._links(page, size, total)}
        return JSONResponse({"users": users, "aud": "authenticated"}, headers=headers)

    async def create_user(self, request: Request) -> Response:
        """POST: the user is confirmed only if the caller says so."""
        person = parse_person(await read_json(request))
        user_id = await create_user(self._store, person)
        return JSONResponse(await self._store.render(user_id))

    async def read_user(self, request: Request) -> Response:
        """GET one."""
        return JSONResponse(await self._fetch(_user_id(request)))

    async def change_user(self, request: Request) -> Response:
        """PUT one: what is not said stays. A new password ends the user's sessions."""
        user_id = _user_id(request)
        person = parse_person(await read_json(request))
        ban = parse_ban(person.ban)
        password = await asyncio.to_thread(person.encrypted_password)
        async with self._store.transaction() as store:
            row = await store.find("lock_user", id=user_id)
            if row is None:
                raise _not_found()
            await _refuse_duplicates(store, person, user_id)
            await _change(store, row, person)
            if ban is not None:
                await store.fetch_all("ban_user", id=user_id, ban=ban)
            if password:
                await store.fetch_all("set_password", id=user_id, encrypted_password=password)
                await store.fetch_all("end_sessions", id=user_id)
            await store.audit("user_modified", row)
        return JSONResponse(await self._fetch(user_id))

    async def delete_user(self, request: Request) -> Response:
        """DELETE one; `should_soft_delete` keeps the row and removes the person from it."""
        user_id = _user_id(request)
        body = await read_json(request)
        async with self._store.transaction() as store:
            row = await store.find("lock_user", id=user_id)
            if row is None:
                raise _not_found()
            await store.audit("user_deleted", row, "team")
            await store.fetch_all("end_sessions", id=user_id)
            if body.get("should_soft_delete"):
                await store.fetch_all("soft_delete_user", id=user_id)
                await store.fetch_all("soft_delete_identities", id=user_id)
            else:
                await store.fetch_all("delete_user", id=user_id)
        return JSONResponse({})

    async def list_factors(self, request: Request) -> Response:
        """GET the user's second factors: nobody has any here."""
        await self._fetch(_user_id(request))
        return JSONResponse([])

    async def _fetch(self, user_id: UUID) -> dict[str, Any]:
        user = await self._store.render(user_id)
        if user is None:
            raise _not_found()
        return user

    def _links(self, page: int, size: int, total: int) -> str:
        last = max(1, -(-total // size))
        named = ({"next": page + 1} if page < last else {}) | {"last": last}
        return ", ".join(
            f"<{self._public_url}/auth/v1/admin/users?{urlencode({'page': number, 'per_page': size})}>; "
            f'rel="{name}"'
            for name, number in named.items()
        )


async def create_user(store: UserStore, person: Person) -> UUID:
    """Create a user with its identities; return its id. Raises Auth's refusals."""
    if not person.providers:
        raise AuthRejectionError(
            400, "validation_failed", "Cannot create a user without either an email or phone"
        )
    password = await asyncio.to_thread(person.encrypted_password)
    values = _new_row(person, password)
    async with store.transaction() as inside:
        await _refuse_duplicates(inside, person)
        try:
            await inside.fetch_all("insert_user", **values)
        except UniqueViolation as error:
            raise _duplicate("email") from error
        await _write_identities(inside, values["id"], person)
        await inside.audit("user_signedup", values, "team")
    user_id: UUID = values["id"]
    return user_id


def _new_row(person: Person, encrypted_password: str | None) -> dict[str, Any]:
    return {
        "id": person.id or uuid4(),
        "role": person.role or "authenticated",
        "email": person.email or None,
        "phone": person.phone or None,
        "encrypted_password": encrypted_password,
        "email_confirm": person.email_confirm,
        "phone_confirm": person.phone_confirm,
        "ban": parse_ban(person.ban) or None,
        "app_metadata": Jsonb(_app_metadata(person)),
        "user_metadata": Jsonb(person.user_metadata or {}),
    }


def _app_metadata(person: Person) -> dict[str, Any]:
    own = {"provider": person.providers[0], "providers": person.providers}
    return own | (merge_metadata(None, person.app_metadata) or {})


async def _change(store: UserStore, row: DictRow, person: Person) -> None:
    app_metadata = merge_metadata(row["raw_app_meta_data"], person.app_metadata)
    user_metadata = merge_metadata(row["raw_user_meta_data"], person.user_metadata)
    await store.fetch_all(
        "update_user",
        id=row["id"],
        role=person.role or None,
        email=person.email or None,
        phone=person.phone or None,
        email_confirm=person.email_confirm,
        phone_confirm=person.phone_confirm,
        app_metadata=None if app_metadata is None else Jsonb(app_metadata),
        user_metadata=None if user_metadata is None else Jsonb(user_metadata),
    )
    await _write_identities(store, row["id"], person)


async def _write_identities(store: UserStore, user_id: UUID, person: Person) -> None:
    confirmed = {"email_verified": person.email_confirm, "phone_verified": person.phone_confirm}
    for provider in person.providers:
        data = {"sub": str(user_id), provider: getattr(person, provider), **confirmed}
        await store.fetch_all("insert_identity", provider=provider, user_id=str(user_id), data=Jsonb(data))


async def _refuse_duplicates(store: UserStore, person: Person, own: UUID | None = None) -> None:
    for provider in person.providers:
        row = await store.find(f"find_id_by_{provider}", **{provider: getattr(person, provider)})
        if row and row["id"] != own:
            raise _duplicate(provider)


def _duplicate(provider: str) -> AuthRejectionError:
    code, message = DUPLICATES[provider]
    return AuthRejectionError(422, code, message)


def _not_found() -> AuthRejectionError:
    return AuthRejectionError(404, "user_not_found", "User not found")


def _user_id(request: Request) -> UUID:
    try:
        return UUID(request.path_params["user_id"])
    except ValueError:
        raise AuthRejectionError(404, "validation_failed", "user_id must be an UUID") from None


def _read_page(request: Request) -> tuple[int, int]:
    try:
        page = int(request.query_params.get("page") or 1)
        size = int(request.query_params.get("per_page") or PAGE_SIZE)
    except ValueError:
        page = size = 0
    if page < 1 or size < 1:
        raise AuthRejectionError(400, "validation_failed", "Bad Pagination Parameters")
    return page, min(size, LARGEST_PAGE)
