"""What is due goes, and nothing else: whatever changes, is held, or dies in between."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import pytest
from pydantic import SecretStr
from tests.charts import Chart, add_person, insert, open_chart
from tests.conftest import ROOT
from tests.people import acting_as, refused

from mentalspace.database.connection import Connection, connect
from mentalspace.findings import exit_code
from mentalspace.jobs.oneshot import run_now
from mentalspace.retention.applying import apply_retention, queries
from mentalspace.retention.findings import find_obstacles
from mentalspace.retention.jobs import JOBS
from mentalspace.retention.planning import fetch_plan
from mentalspace.retention.run import Origin, Run
from mentalspace.settings import Settings

LONG_AGO = date(2001, 5, 5)
SOFT = ("clients", "clinical_notes", "appointments", "charge_entries", "insurance_claims", "payment_records")
TABLES = (*SOFT, "api_logs", "phi_access_logs")


@pytest.fixture
async def chart(connection: Connection) -> Chart:
    return await open_chart(connection)


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Connection]:
    """Somebody else at work in the same database."""
    async with connect(database_url) as opened:
        yield opened


async def apply(connection: Connection, **options: Any) -> dict[str, int]:
    run = await apply_retention(connection, Origin.command, **options)
    return {removal.data_type: removal.removed for removal in run.removals if removal.removed}


async def state(connection: Connection) -> dict[str, set[tuple[str, bool]]]:
    """The rows of every table with a rule, and whether they are deleted."""
    found = {}
    for table in TABLES:
        deleted = "deleted_at is not null" if not table.endswith("logs") else "false"
        cursor = await connection.execute(f"select id::text, {deleted} as deleted from public.{table}")
        found[table] = {(row["id"], row["deleted"]) for row in await cursor.fetchall()}
    return found


async def is_deleted(connection: Connection, table: str, key: UUID) -> bool:
    cursor = await connection.execute(f"select deleted_at from public.{table} where id = %s", (key,))
    row = await cursor.fetchone()
    assert row
    return row["deleted_at"] is not None


async def find(connection: Connection, data_type: str) -> dict[str, Any]:
    """The rows due, as a batch for `remove`."""
    cursor = await connection.execute(queries["find_due_rows"], {"data_type": data_type, "most": 100})
    rows = await cursor.fetchall()
    return {
        "data_type": data_type,
        "relations": [row["relation"] for row in rows],
        "places": [row["place"] for row in rows],
    }


async def remove(connection: Connection, batch: dict[str, Any]) -> int:
    run = await (await connection.execute(queries["begin_run"], {"origin": "command"})).fetchone()
    assert run
    row = await (
        await connection.execute(queries["remove_due_rows"], batch | {"run_id": run["id"]})
    ).fetchone()
    assert row
    number: int = row["removed"]
    return number


async def whole_chart(chart: Chart) -> UUID:
    """A client discharged long ago: an appointment, its note and charge, what was claimed and paid."""
    client = await chart.discharged(LONG_AGO)
    appointment = await chart.appointment(client, LONG_AGO)
    note = await chart.note(client, appointment_id=appointment)
    claim = await chart.claim(client, LONG_AGO)
    links = {"appointment_id": appointment, "note_id": note, "claim_id": claim}
    charge = await chart.charge(client, LONG_AGO, **links)
    await chart.payment(client, LONG_AGO, charge_id=charge, claim_id=claim)
    return client


# what goes --------------------------------------------------------------------------------------------------


async def test_a_whole_chart_goes_in_one_run_children_first(chart: Chart) -> None:
    await whole_chart(chart)
    seen: list[str] = []
    removed = await apply(chart.connection, on_batch=lambda name, _: seen.append(name))
    children = ("clinical_notes", "charge_entries", "insurance_claims", "payment_records")
    assert removed == {**dict.fromkeys(children, 1), "appointments": 1, "client_records": 1}
    assert seen.index("appointments") > max(seen.index("clinical_notes"), seen.index("charge_entries"))
    assert seen.index("insurance_claims") > seen.index("charge_entries") > seen.index("payment_records")
    assert seen[-1] == "client_records"


async def test_soft_delete_marks_and_hard_delete_removes(chart: Chart) -> None:
    client = await whole_chart(chart)
    person = await add_person(chart.connection)
    values = {"user_id": person, "patient_id": client, "access_type": "view", "resource_type": "clients"}
    await insert(chart.connection, "phi_access_logs", **values, created_at="2001-01-01 00:00+00")
    await insert(chart.connection, "phi_access_logs", **values)
    await insert(chart.connection, "api_logs", method="GET", url="/", created_at="2001-01-01 00:00+00")
    await apply(chart.connection)
    after = await state(chart.connection)
    assert {table: [deleted for _, deleted in rows] for table, rows in after.items()} == {
        **{table: [True] for table in SOFT},
        "api_logs": [],
        "phi_access_logs": [False],
    }


async def test_a_second_run_does_nothing(chart: Chart) -> None:
    client = await whole_chart(chart)
    await apply(chart.connection)
    cursor = await chart.connection.execute("select deleted_at, updated_at from public.clients")
    before = await cursor.fetchall()
    assert await apply(chart.connection) == {}
    cursor = await chart.connection.execute("select deleted_at, updated_at from public.clients")
    assert await cursor.fetchall() == before
    assert await is_deleted(chart.connection, "clients", client)


async def test_counts_of_every_rule_are_recorded(chart: Chart) -> None:
    for _ in range(5):
        await chart.discharged(LONG_AGO)
    run = await apply_retention(chart.connection, Origin.command, batch_size=2)
    facts = {removal.data_type: (removal.removed, removal.batches) for removal in run.removals}
    assert facts["client_records"] == (5, 3)
    assert facts["clinical_notes"] == (0, 0)
    assert facts.keys() == {rule.data_type for rule in (await fetch_plan(chart.connection)).rules}
    cursor = await chart.connection.execute("select origin, finished_at from governance.retention_runs")
    rows = await cursor.fetchall()
    assert [(row["origin"], row["finished_at"] is not None) for row in rows] == [("command", True)]


async def test_batches_are_bounded(chart: Chart) -> None:
    for _ in range(7):
        await chart.discharged(LONG_AGO)
    sizes: list[int] = []
    await apply_retention(
        chart.connection, Origin.command, batch_size=3, on_batch=lambda _, number: sizes.append(number)
    )
    assert sizes == [3, 3, 1]


async def test_a_chain_within_one_table_goes_link_by_link(connection: Connection) -> None:
    """Rows deleted for good that refer to each other: none goes before what refers to it is due."""
    await connection.execute(
        "alter table public.api_logs add parent_id uuid references public.api_logs on delete cascade"
    )
    old = {"method": "GET", "url": "/", "created_at": "2001-01-01 00:00+00"}
    parent = None
    for _ in range(3):
        parent = await insert(connection, "api_logs", **old, parent_id=parent)
    kept = await insert(connection, "api_logs", **old)
    await insert(connection, "api_logs", method="GET", url="/", parent_id=kept)
    assert await apply(connection) == {"session_data": 3}
    assert await left(connection) == 2


async def test_the_seed_loses_what_it_should(seeded_connection: Connection) -> None:
    """docs/seed.md says who was discharged when; everything else stays."""
    before = await fetch_plan(seeded_connection)
    findings = find_obstacles(before)
    assert "retention:public.clients:undated" in {finding.key for finding in findings}
    assert exit_code(findings) == 1
    undated = next(finding for finding in findings if finding.key == "retention:public.clients:undated")
    assert undated.detail.startswith("3 rows ")
    await apply(seeded_connection)
    cursor = await seeded_connection.execute(
        "select right(id::text, 3)::int as number from public.clients where deleted_at is not null"
    )
    gone = {row["number"] for row in await cursor.fetchall()}
    assert gone == {*range(241, 247), 251, 252, 257}, (
        "of the others there are charges, which are kept ten years"
    )
    after = {rule.table_name: rule for rule in (await fetch_plan(seeded_connection)).rules}
    assert {table: rule.due for table, rule in after.items() if rule.due} == {}
    # Claims and payments are those of client 250, of less than ten years ago.
    assert after["clients"].waits_for == {
        "appointments": 6,
        "charge_entries": 6,
        "insurance_claims": 1,
        "payment_records": 1,
    }
    assert after["appointments"].waits_for.keys() >= {"charge_entries"}, "of eight years ago, kept ten"
    # What somebody in care has now is untouched.
    cursor = await seeded_connection.execute(
        "select count(*) as number from public.clinical_notes as note "
        "join public.clients as client on client.id = note.client_id "
        "where note.deleted_at is not null and client.status not in ('Discharged', 'Deceased')"
    )
    assert await cursor.fetchone() == {"number": 0}


# what changes in between ------------------------------------------------------------------------------------


async def test_a_client_who_comes_back_between_plan_and_apply_is_kept(
    chart: Chart, other: Connection
) -> None:
    client = await chart.discharged(LONG_AGO)
    note = await chart.note(client)
    notes, clients = (
        await find(chart.connection, "clinical_notes"),
        await find(chart.connection, "client_records"),
    )
    assert len(notes["places"]) == 1
    await other.execute("update public.clients set status = 'Active', is_active = true")
    assert await remove(chart.connection, notes) == 0
    assert await remove(chart.connection, clients) == 0
    assert not await is_deleted(chart.connection, "clinical_notes", note)


async def test_a_corrected_date_keeps_the_row(chart: Chart, other: Connection) -> None:
    client = await chart.discharged(LONG_AGO)
    batch = await find(chart.connection, "client_records")
    await other.execute("update public.clients set discharge_date = current_date")
    assert await remove(chart.connection, batch) == 0
    assert not await is_deleted(chart.connection, "clients", client)


async def test_a_longer_period_counts_at_once(chart: Chart, other: Connection) -> None:
    await chart.discharged(LONG_AGO)
    batch = await find(chart.connection, "client_records")
    await other.execute("update public.data_retention_policies set retention_period_months = 1200")
    assert await remove(chart.connection, batch) == 0


async def test_a_rule_paused_in_between_removes_nothing(chart: Chart, other: Connection) -> None:
    await chart.discharged(LONG_AGO)
    batch = await find(chart.connection, "client_records")
    await other.execute("update public.data_retention_policies set is_active = false")
    assert await remove(chart.connection, batch) == 0


async def test_a_new_charge_keeps_its_appointment(chart: Chart, other: Connection) -> None:
    client = await chart.client()
    appointment = await chart.appointment(client, LONG_AGO)
    batch = await find(chart.connection, "appointments")
    await Chart(other, chart.provider).charge(client, date(2025, 1, 1), appointment_id=appointment)
    assert await remove(chart.connection, batch) == 0
    assert not await is_deleted(chart.connection, "appointments", appointment)


async def test_nobody_waits_for_a_row_that_somebody_holds(chart: Chart, other: Connection) -> None:
    """An open edit of the client, and an open insert below the appointment: both skipped, at once."""
    client = await chart.discharged(LONG_AGO)
    note = await chart.note(client)
    appointment = await chart.appointment(await chart.client(), LONG_AGO)
    async with other.transaction():
        await other.execute("update public.clients set status = 'Active' where id = %s", (client,))
        await Chart(other, chart.provider).charge(client, LONG_AGO, appointment_id=appointment)
        async with asyncio.timeout(30):
            assert await apply(chart.connection) == {}
    assert not await is_deleted(chart.connection, "clinical_notes", note)
    assert not await is_deleted(chart.connection, "appointments", appointment)
    # The charge is of long ago; with it gone the appointment follows. The client came back.
    assert await apply(chart.connection) == {"charge_entries": 1, "appointments": 1}


async def test_nothing_can_be_added_below_a_row_that_is_going(chart: Chart, other: Connection) -> None:
    """While the batch is open a new child waits, and then finds its parent deleted for good."""
    log = await insert(chart.connection, "api_logs", method="GET", url="/", created_at="2001-01-01 00:00+00")
    await chart.connection.execute(
        "create table public.log_remarks (log_id uuid not null references public.api_logs on delete cascade)"
    )
    batch = await find(chart.connection, "session_data")
    async with chart.connection.transaction():
        assert await remove(chart.connection, batch) == 1
        adding = asyncio.create_task(other.execute("insert into public.log_remarks values (%s)", (log,)))
        await asyncio.sleep(0.2)
        assert not adding.done()
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        await adding


async def test_a_locked_table_is_not_waited_for(chart: Chart, other: Connection) -> None:
    """Somebody alters the table: the batch gives up after two seconds and holds nothing meanwhile."""
    await chart.discharged(LONG_AGO)
    batch = await find(chart.connection, "client_records")
    async with other.transaction():
        await other.execute("lock table public.clients in access exclusive mode")
        async with asyncio.timeout(60):
            with pytest.raises(psycopg.errors.LockNotAvailable):
                await remove(chart.connection, batch)
    assert await remove(chart.connection, batch) == 1


async def test_two_runs_at_once_remove_each_row_once(chart: Chart, other: Connection) -> None:
    for _ in range(40):
        await chart.note(await chart.discharged(LONG_AGO))
    one, two = await asyncio.gather(
        apply(chart.connection, batch_size=3), apply(other, batch_size=3), return_exceptions=False
    )
    left = await apply(chart.connection)
    for data_type in ("clinical_notes", "client_records"):
        assert sum(run.get(data_type, 0) for run in (one, two, left)) == 40


async def test_repeatable_read_is_refused(chart: Chart) -> None:
    """There the removing statement would not see what was committed while it took its locks."""
    await chart.discharged(LONG_AGO)
    batch = await find(chart.connection, "client_records")
    await chart.connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
    with pytest.raises(psycopg.errors.ActiveSqlTransaction, match="read committed"):
        async with chart.connection.transaction():
            await remove(chart.connection, batch)


async def test_killed_in_the_middle_and_run_again(chart: Chart, database_url: str) -> None:
    """kill -9: what is counted is gone, what is gone is counted, and the next run goes on."""
    for _ in range(150):
        await insert(chart.connection, "api_logs", method="GET", url="/", created_at="2001-01-01 00:00+00")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", "from mentalspace.cli import main; main()"),
        *("retention", "apply", "--yes", "--batch-size", "1", "--database-url", database_url),
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(60):
        while await left(chart.connection) > 140:
            assert process.returncode is None
            await asyncio.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    remaining = await left(chart.connection)
    assert 0 < remaining < 150
    cursor = await chart.connection.execute(
        "select finished_at, removed from governance.retention_runs "
        "join governance.retention_removals on run_id = id where data_type = 'session_data'"
    )
    assert await cursor.fetchone() == {"finished_at": None, "removed": 150 - remaining}
    assert await apply(chart.connection) == {"session_data": remaining}


async def left(connection: Connection) -> int:
    row = await (await connection.execute("select count(*) as number from public.api_logs")).fetchone()
    assert row
    number: int = row["number"]
    return number


async def test_the_nightly_job_does_it(chart: Chart, database_url: str) -> None:
    await whole_chart(chart)
    await chart.client(status="Discharged", is_active=False)
    report = await run_now(JOBS[0], Settings(database_url=SecretStr(database_url)))
    assert report.outcome
    assert report.outcome.summary == "6 rows removed"
    assert [finding.key for finding in report.outcome.findings] == ["retention:public.clients:undated"]
    cursor = await chart.connection.execute("select origin from governance.retention_runs")
    assert await cursor.fetchone() == {"origin": "job"}


# the production plan's function -----------------------------------------------------------------------------


async def test_the_function_of_the_plan_does_the_same(seeded_connection: Connection) -> None:
    async with acting_as(seeded_connection, None, role="service_role"):
        await seeded_connection.execute("select public.apply_retention_policies()")
        await seeded_connection.execute("reset role")
        by_function = await state(seeded_connection)
        cursor = await seeded_connection.execute(
            "select data_type, removed from governance.retention_removals order by data_type"
        )
        counted = await cursor.fetchall()
    run: Run = await apply_retention(seeded_connection, Origin.command)
    assert await state(seeded_connection) == by_function
    assert counted == [
        {"data_type": removal.data_type, "removed": removal.removed} for removal in run.removals
    ]
    assert run.removed > 0


@pytest.mark.parametrize("role", ["anon", "authenticated"])
async def test_the_function_is_for_the_service_alone(connection: Connection, role: str) -> None:
    person = await add_person(connection)
    await insert(connection, "user_roles", user_id=person, role="administrator")
    async with acting_as(connection, person if role == "authenticated" else None, role=role):
        async with refused(connection):
            await connection.execute("select public.apply_retention_policies()")
        async with refused(connection):
            await connection.execute("update public.data_retention_policies set is_active = false")
        async with refused(connection):
            await connection.execute("select from governance.retention_runs")
