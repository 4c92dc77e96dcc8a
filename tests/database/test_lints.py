"""What excuses a finding of another linter is asked of the catalog, and confirmed only while it is so."""

from __future__ import annotations

import pytest
from tests.lints.rlsautotest import queries

from mentalspace.database.connection import Connection

READS_ITSELF = "alter policy clients_select on public.clients using (exists (select from public.clients))"


async def confirmed(connection: Connection) -> set[tuple[str, str]]:
    rows = await connection.execute(queries["list_confirmed"], {"schemas": ["public", "governance"]})
    return {(row["kind"], row["name"]) for row in await rows.fetchall()}


@pytest.mark.parametrize(
    ("kind", "name", "change"),
    [
        ("no_policy", "public.rate_limits", "grant select on public.rate_limits to anon"),
        ("no_policy", "public.api_logs", "grant select (id) on public.api_logs to authenticated"),
        ("no_policy", "governance.raci_versions", "grant truncate on governance.raci_versions to public"),
        ("no_delete_policy", "public.clients", "grant delete on public.clients to authenticated"),
        (
            "not_forced",
            "public.clients",
            "grant create on schema public to anon; alter table public.clients owner to anon",
        ),
        ("own_table", "public.clients.clients_select", READS_ITSELF),
        ("policy_calls", "governance.reaches_all", "alter function governance.reaches_all volatile"),
        ("policy_calls", "governance.actor_id", "alter function governance.actor_id reset search_path"),
        ("definer", "governance.own_charts()", "grant execute on function governance.own_charts to public"),
        (
            "definer",
            "governance.list_staff()",
            "alter function governance.list_staff set search_path = public",
        ),
    ],
)
async def test_confirmed_only_while_it_is_so(
    connection: Connection, kind: str, name: str, change: str
) -> None:
    async with connection.transaction(force_rollback=True):
        assert (kind, name) in await confirmed(connection)
        await connection.execute(change)
        assert (kind, name) not in await confirmed(connection)
