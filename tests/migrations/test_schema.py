"""What every object of the migrated database must have. The queries name the ones that do not."""

from __future__ import annotations

from pathlib import Path

from mentalspace.database.connection import Connection
from mentalspace.database.migrations import apply_migrations, fetch_status
from mentalspace.database.queries import Queries

MIGRATIONS = Path(__file__).parents[2] / "supabase" / "migrations"
CATALOG = Queries((Path(__file__).parent / "catalog.sql").read_text(encoding="utf-8"))
# One table without a policy, grant or index of each kind, and a function without anything.
OFFENDER = """
create table public.offenders (
  client_id uuid references public.clients (id) on delete cascade,
  updated_at date, created_by uuid references auth.users (id)
);
create index offenders_one_idx on public.offenders (updated_at);
create index offenders_two_idx on public.offenders (updated_at);
alter table public.offenders add constraint offenders_check check (updated_at is null) not valid;
grant select on public.offenders to anon;
alter publication supabase_realtime add table public.psychotherapy_notes;
create view public.offenders_seen as select * from public.offenders;
create function public.offend() returns int language sql security definer as 'select 1';
create table governance.offenders (id int primary key);
grant select on governance.offenders to authenticated;
"""


async def find_offenders(connection: Connection) -> dict[str, list[str]]:
    found = {}
    for query in CATALOG:
        rows = await (await connection.execute(CATALOG[query])).fetchall()
        found[query] = sorted(row["object"] for row in rows)
    return found


async def test_nothing_lacks_what_it_needs(connection: Connection) -> None:
    assert await find_offenders(connection) == {query: [] for query in CATALOG}


async def test_each_query_finds_an_offender(connection: Connection) -> None:
    await connection.execute(OFFENDER.encode())
    assert [query for query, found in (await find_offenders(connection)).items() if not found] == []


async def test_applied_again_is_nothing(connection: Connection) -> None:
    assert all(status.applied for status in await fetch_status(connection, MIGRATIONS))
    assert await apply_migrations(connection, MIGRATIONS) == []
