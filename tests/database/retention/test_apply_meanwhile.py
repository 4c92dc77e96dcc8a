"""What changes, is held, or dies while rows are removed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import date

import psycopg
import pytest
from tests.charts import Chart, insert
from tests.conftest import ROOT
from tests.database.retention.removing import (
    LONG_AGO,
    apply,
    find,
    is_deleted,
    left,
    remove,
)

from mentalspace.database.connection import Connection


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
