"""The local database refuses what hosted Supabase refuses, and has what migrations build on."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from psycopg import errors
from tests.conftest import Server
from tests.people import acting_as, refused

from mentalspace.database.connection import Connection, connect

ROLES = """
select rolname, rolsuper, rolinherit, rolcreaterole, rolcanlogin, rolbypassrls, rolreplication
from pg_roles where rolname = %s
"""
TRIGGER_ON_USERS = """
create function public.mine() returns trigger language plpgsql as 'begin return new; end';
create trigger mine after insert on auth.users for each row execute function public.mine()
"""


@pytest.fixture
async def fresh(empty_database_url: str) -> Connection:
    async with connect(empty_database_url) as connection:
        yield connection


@pytest.mark.parametrize(
    ("role", "true"),
    [
        ("anon", ("rolinherit",)),
        ("authenticated", ("rolinherit",)),
        ("service_role", ("rolinherit", "rolbypassrls")),
        ("authenticator", ("rolcanlogin",)),
        ("postgres", ("rolinherit", "rolcreaterole", "rolcanlogin", "rolbypassrls", "rolreplication")),
        ("supabase_auth_admin", ("rolcanlogin",)),
        ("supabase_read_only_user", ("rolinherit", "rolcanlogin", "rolbypassrls")),
    ],
)
async def test_roles_are_no_more_than_on_hosted(fresh: Connection, role: str, true: tuple[str, ...]) -> None:
    row = await (await fresh.execute(ROLES, (role,))).fetchone()
    assert row
    assert {name for name, value in row.items() if value is True} == set(true)


@pytest.mark.parametrize(
    "statement",
    [
        "create table auth.mine (id int)",
        "create or replace function auth.uid() returns uuid language sql as 'select null::uuid'",
        "alter table auth.users add column mine int",
        "create table realtime.mine (id int)",
        "create table storage.mine (id int)",
        "create table vault.mine (id int)",
        "set role supabase_admin",
        "set role supabase_auth_admin",
        "create role mine superuser",
        "copy (select 1) to '/tmp/mine'",
    ],
)
async def test_a_migration_may_not(fresh: Connection, statement: str) -> None:
    """What Supabase owns stays as it is."""
    with pytest.raises(errors.InsufficientPrivilege):
        await fresh.execute(statement.encode())


async def test_a_grant_without_grant_option_is_none(fresh: Connection) -> None:
    """Postgres warns and grants nothing."""
    await fresh.execute("grant usage on schema auth to pg_monitor")
    cursor = await fresh.execute("select has_schema_privilege('pg_monitor', 'auth', 'usage') as granted")
    assert await cursor.fetchone() == {"granted": False}


@pytest.mark.parametrize(
    "statement",
    [
        "create extension btree_gist with schema extensions",
        "create table public.mine (id uuid references auth.users (id) on delete cascade)",
        "create role mine nologin; grant authenticated to mine",
        "alter role authenticator set pgrst.db_pre_request = 'public.mine'",
        "create table public.mine (id int); alter publication supabase_realtime add table public.mine",
        TRIGGER_ON_USERS,
        "create policy mine on realtime.messages for select to authenticated using (true)",
        "create policy mine on storage.objects for select to authenticated using (true)",
        "set session_replication_role = replica",
        "select vault.create_secret('clear', 'name')",
    ],
)
async def test_a_migration_may(fresh: Connection, statement: str) -> None:
    await fresh.execute(f"begin; {statement}; rollback".encode())


async def test_new_tables_are_granted_to_nobody(fresh: Connection) -> None:
    await fresh.execute("create table public.mine (id int)")
    for role in ("anon", "authenticated", "service_role"):
        async with acting_as(fresh, None, role), refused(fresh):
            await fresh.execute("select * from public.mine")


async def test_claims_are_read_in_both_forms(fresh: Connection) -> None:
    user = uuid4()
    query = "select auth.uid() as id, auth.role() as role, auth.email() as email, auth.jwt() ->> 'x' as x"
    expected = {"id": user, "role": "authenticated", "email": "a@b.example", "x": "1"}
    async with acting_as(fresh, user, claims={"email": "a@b.example", "x": "1"}):
        assert await (await fresh.execute(query)).fetchone() == expected
        for name in ("sub", "role", "email"):
            await fresh.execute("select set_config(%s, '', true)", (f"request.jwt.claim.{name}",))
        assert await (await fresh.execute(query)).fetchone() == expected
        await fresh.execute("select set_config('request.jwt.claims', '', true)")
        row = await (await fresh.execute(query)).fetchone()
        assert row == {"id": None, "role": None, "email": None, "x": None}


async def test_a_malformed_subject_raises_as_on_hosted(fresh: Connection) -> None:
    async with (
        acting_as(fresh, None, claims={"sub": "not-a-uuid"}),
        refused(fresh, errors.InvalidTextRepresentation),
    ):
        await fresh.execute("select auth.uid()")


async def test_acting_as_leaves_nothing(fresh: Connection) -> None:
    async with acting_as(fresh, uuid4()):
        pass
    row = await (await fresh.execute("select current_user, auth.uid()")).fetchone()
    assert row == {"current_user": "postgres", "uid": None}


async def test_the_api_login_has_no_rights_but_to_become_an_api_role(
    server: Server, empty_database_url: str
) -> None:
    name = urlsplit(empty_database_url).path.lstrip("/")
    async with connect(server.url(name, "authenticator")) as login:
        for role in ("anon", "authenticated", "service_role"):
            await login.execute(f"set role {role}; reset role".encode())
        for statement in ("select 1 from auth.users", "set role postgres", "set role supabase_auth_admin"):
            with pytest.raises(errors.InsufficientPrivilege):
                await login.execute(statement.encode())


async def test_a_secret_is_kept_encrypted(fresh: Connection) -> None:
    row = await (await fresh.execute("select vault.create_secret('clear', 'name') as id")).fetchone()
    assert row
    query = "select secret, decrypted_secret from vault.decrypted_secrets where id = %s"
    kept = await (await fresh.execute(query, (row["id"],))).fetchone()
    assert kept
    assert kept["decrypted_secret"] == "clear"
    assert "clear" not in kept["secret"]
    async with acting_as(fresh, None, "authenticated"), refused(fresh):
        await fresh.execute("select vault.decrypt('')")
