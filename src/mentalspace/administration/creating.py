"""Make somebody an administrator: login, profile, role. The first one comes from outside the practice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol
from uuid import UUID

from mentalspace.administration.administrator import Administrator, Candidate
from mentalspace.database.connection import Connection, fetch_row
from mentalspace.database.queries import load_queries
from mentalspace.errors import RefusedError

queries = load_queries(__package__ or "")


class Remover(Protocol):
    """Takes a login back."""

    async def delete(self, user_id: UUID) -> None: ...


class AdministratorExistsError(RefusedError):
    """The practice has an administrator; let them appoint others, or add --additional."""


async def create_administrator(
    connection: Connection,
    candidate: Candidate,
    make_login: Callable[[str], Awaitable[UUID]],
    logins: Remover,
    *,
    additional: bool = False,
) -> Administrator:
    """Make `candidate` an administrator; whoever is one already stays as they are.

    `make_login` is called only if the address has no login; should anything fail after it, the login is
    taken back. Profile and role are one transaction. Raises `AdministratorExistsError` if somebody else is
    an administrator, unless `additional`.
    """
    user_id = await _find_login(connection, candidate.email)
    await _refuse_second(connection, user_id, additional=additional)
    if user_id:
        return await _appoint(connection, candidate, user_id, created=False, additional=additional)
    user_id = await make_login(candidate.email)
    try:
        return await _appoint(connection, candidate, user_id, created=True, additional=additional)
    except BaseException:
        await logins.delete(user_id)
        raise


async def _appoint(
    connection: Connection, candidate: Candidate, user_id: UUID, *, created: bool, additional: bool
) -> Administrator:
    values = candidate.model_dump() | {"user_id": user_id}
    async with connection.transaction():
        await connection.execute(queries["lock"])
        await _refuse_second(connection, user_id, additional=additional)
        await _refuse_stranger(connection, user_id)
        profile = await (await connection.execute(queries["insert_profile"], values)).fetchone()
        await _refuse_deactivated(connection, user_id)
        role = await (await connection.execute(queries["assign_role"], values)).fetchone()
    return Administrator(
        user_id=user_id,
        email=candidate.email,
        login_created=created,
        profile_created=profile is not None,
        role_assigned=role is not None,
    )


async def _find_login(connection: Connection, email: str) -> UUID | None:
    row = await (await connection.execute(queries["find_login"], {"email": email})).fetchone()
    return row["id"] if row else None


async def _refuse_second(connection: Connection, user_id: UUID | None, *, additional: bool) -> None:
    rows = await (await connection.execute(queries["find_administrators"])).fetchall()
    others = {row["user_id"] for row in rows}
    if others and user_id not in others and not additional:
        raise AdministratorExistsError


async def _refuse_stranger(connection: Connection, user_id: UUID) -> None:
    """A login of one project, and the database of another."""
    if not (await fetch_row(connection, queries["has_login"], {"user_id": user_id}))["exists"]:
        raise RefusedError(
            "the login was made in another project than the database's; correct MENTALSPACE_SUPABASE_URL "
            "or MENTALSPACE_DATABASE_URL"
        )


async def _refuse_deactivated(connection: Connection, user_id: UUID) -> None:
    row = await (await connection.execute(queries["is_active"], {"user_id": user_id})).fetchone()
    if row and not row["is_active"]:
        raise RefusedError("this person is deactivated, and so would be the role; activate the profile first")
