"""Make a fresh database look as hosted Supabase does before a project's first migration."""

from __future__ import annotations

from importlib.resources import files

from mentalspace.database.connection import connect, fetch_row


async def bootstrap(superuser_url: str) -> None:
    """Create what is missing: the roles of the cluster, the schemas of the database."""
    async with connect(superuser_url) as connection:
        state = await fetch_row(connection, _STATE)
        if not state["has_roles"]:
            await connection.execute(_read("roles.sql"))
        if not state["has_auth"]:
            await connection.execute(_read("bootstrap.sql"))


_STATE = """
select
  to_regrole('anon') is not null as has_roles,
  to_regnamespace('auth') is not null as has_auth
"""


def _read(name: str) -> bytes:
    return files(__package__ or "").joinpath(name).read_bytes()
