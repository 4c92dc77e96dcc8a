"""The live database is what the documents compile to, and every way of leaving that is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from mentalspace.contracts.parse import read_contracts
from mentalspace.database.connection import Connection
from mentalspace.findings import Finding, Level
from mentalspace.raci.drift import find_drift
from mentalspace.raci.matrix import Matrix
from mentalspace.raci.parse import parse_matrix
from mentalspace.raci.privileges import measure_coverage

ROOT = Path(__file__).parents[3]

# Something done behind the matrix's back, and the end of the key of the finding that must name it.
TAMPERED = {
    "drop policy appointments_select on public.appointments": "appointments:appointments_select",
    "alter policy clients_select on public.clients using (true)": "clients:clients_select",
    "alter policy user_roles_insert on public.user_roles to public": "user_roles:user_roles_insert",
    "alter policy profiles_update on public.profiles with check (true)": "profiles:profiles_update",
    "create policy open_door on public.clients for select to anon using (true)": "clients:open_door",
    "grant select on public.clients to anon": "clients:grant.select.anon",
    "grant delete on public.appointments to authenticated": ("appointments:grant.delete.authenticated"),
    "grant truncate on public.profiles to public": "profiles:grant.truncate.public",
    "revoke update on public.clients from authenticated": "clients:grant.update.authenticated",
    "alter table public.reminder_logs disable row level security": "reminder_logs:rls",
    "drop trigger _raci_guard on public.blocked_times": "blocked_times:guard",
    "alter table public.blocked_times disable trigger _raci_guard": "blocked_times:guard",
    "create or replace function governance.guard_clients() returns trigger language plpgsql security definer "
    "set search_path = '' as 'begin return new; end'": "clients:guard",
    "drop trigger _raci_record on public.user_roles": "user_roles:recorder",
    "alter table public.blocked_times disable trigger _raci_record": "blocked_times:recorder",
    "create or replace trigger _raci_record after update on public.appointments "
    "for each row execute function governance.record_appointments()": "appointments:recorder",
    "create or replace trigger _raci_record after insert or update on public.appointments "
    "for each row when (false) execute function governance.record_appointments()": "appointments:recorder",
    "create or replace function governance.record_clients() returns trigger language plpgsql "
    "security definer set search_path = '' as 'begin return null; end'": "clients:recorder",
    "alter function governance.record_clients() security invoker": "clients:recorder",
    "alter function governance.guard_clients() security invoker": "clients:guard",
    "alter function governance.guard_clients() reset search_path": "clients:guard",
    "alter table public.service_codes rename column description to label": (
        "service_codes:column.description"
    ),
    "drop table public.reminder_logs": "reminder_logs:table",
    "update governance.raci_assignments set scope = 'all' "
    "where task = 'cancel_appointment' and role = 'therapist'": ("scheduling.assignments.cancel_appointment"),
    "delete from governance.raci_assignments where task = 'cancel_appointment' and role = 'therapist'": (
        "scheduling.assignments.cancel_appointment"
    ),
    "delete from governance.raci_enforcements where task = 'manage_waitlist'": (
        "scheduling.enforcements.manage_waitlist"
    ),
    "update governance.raci_tasks set procedural = 'no need' where task = 'assign_role'": (
        "administration.tasks.assign_role"
    ),
    "update governance.raci_promises set statement = 'select 1' where task = 'handle_no_shows'": (
        "scheduling.promises.handle_no_shows"
    ),
    "update governance.raci_promises set remind = '1 hour' where task = 'handle_no_shows'": (
        "scheduling.promises.handle_no_shows"
    ),
    "update governance.raci_escalations set patience = '{1 day,1 day,2 days}' where position = 4 "
    "and module = 'scheduling'": "scheduling.escalations.4",
    "update governance.raci_versions set document_hash = repeat('0', 64) where module = 'scheduling'": (
        "scheduling.version"
    ),
    "update governance.raci_versions set is_active = false where module = 'scheduling'": (
        "scheduling.module"
    ),
    "insert into governance.raci_versions (module, version, title, document_hash) "
    "values ('dreams', 1, 'Dreams', repeat('0', 64))": "dreams.module",
}


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return parse_matrix(ROOT / "docs" / "raci", read_contracts(ROOT / "docs" / "data-contracts"))


def errors(findings: list[Finding]) -> set[str]:
    prefixes = ("raci:public.", "raci:governance.raci_versions:")
    keys = {finding.key for finding in findings if finding.level is Level.error}
    return {key.removeprefix(prefix) for key in keys for prefix in prefixes}


async def test_a_migrated_database_is_what_the_documents_say(connection: Connection, matrix: Matrix) -> None:
    assert await find_drift(connection, matrix) == []


async def test_every_way_of_leaving_it_is_found(connection: Connection, matrix: Matrix) -> None:
    for statement, key in TAMPERED.items():
        async with connection.transaction(force_rollback=True):
            await connection.execute(statement.encode())
            assert key in errors(await find_drift(connection, matrix)), statement
    assert await find_drift(connection, matrix) == [], "asking leaves nothing behind"


async def test_a_column_that_no_contract_declares_is_worth_knowing(
    connection: Connection, matrix: Matrix
) -> None:
    async with connection.transaction(force_rollback=True):
        await connection.execute("alter table public.clients add column shoe_size int")
        (finding,) = await find_drift(connection, matrix)
    assert (finding.level, finding.key) == (Level.info, "raci:public.clients:column.shoe_size")
    assert "docs/data-contracts/clients.odcs.yaml" in finding.detail


async def test_every_command_that_callers_reach_belongs_to_a_task(
    connection: Connection, matrix: Matrix
) -> None:
    coverage = await measure_coverage(connection, matrix)
    assert coverage.unassigned == ()
    assert coverage.reachable
    assert coverage.reachable > 20
