"""What is due goes, and nothing else: by command, every night, by the production plan's function."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from tests.charts import Chart, add_person, insert
from tests.database.retention.removing import (
    LONG_AGO,
    SOFT,
    apply,
    is_deleted,
    left,
    state,
    whole_chart,
)
from tests.people import acting_as, refused

from mentalspace.database.connection import Connection
from mentalspace.findings import exit_code
from mentalspace.jobs.oneshot import run_now
from mentalspace.retention.applying import apply_retention
from mentalspace.retention.findings import find_obstacles
from mentalspace.retention.jobs import JOBS
from mentalspace.retention.planning import fetch_plan
from mentalspace.retention.run import Origin, Run
from mentalspace.settings import Settings


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


async def test_the_nightly_job_does_it(chart: Chart, database_url: str) -> None:
    await whole_chart(chart)
    await chart.client(status="Discharged", is_active=False)
    report = await run_now(JOBS[0], Settings(database_url=SecretStr(database_url)))
    assert report.outcome
    assert report.outcome.summary == "6 rows removed"
    assert [finding.key for finding in report.outcome.findings] == ["retention:public.clients:undated"]
    cursor = await chart.connection.execute("select origin from governance.retention_runs")
    assert await cursor.fetchone() == {"origin": "job"}


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
