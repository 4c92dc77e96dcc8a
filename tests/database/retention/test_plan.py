"""Who is never due, who waits for whom, and that planning changes nothing."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.charts import Chart, insert, last_kept, later
from tests.conftest import ROOT
from tests.database.retention.planning import (
    DAY,
    YEARS_7,
    due,
    plan_of,
    today,
)

from mentalspace.contracts.contract import FOLDER
from mentalspace.contracts.parse import read_contracts
from mentalspace.database.connection import Connection
from mentalspace.retention.compiling import compile_rules
from mentalspace.retention.findings import find_obstacles
from mentalspace.retention.planning import fetch_plan
from mentalspace.retention.rendering import COLUMNS


async def test_the_table_holds_what_the_contracts_say(connection: Connection) -> None:
    cursor = await connection.execute(f"select {', '.join(COLUMNS)} from public.data_retention_policies")
    held = {row["data_type"]: row for row in await cursor.fetchall()}
    assert held == {
        rule.data_type: {
            name: list(value) if isinstance(value := getattr(rule, name), tuple) else value
            for name in COLUMNS
        }
        for rule in compile_rules(read_contracts(ROOT / FOLDER))
    }


async def test_clients_in_care_are_neither_due_nor_findings(chart: Chart) -> None:
    """Even with dates of long ago: who came back was discharged once."""
    for status in ("Active", "Pending", "Inactive"):
        day = date(2001, 1, 1)
        await chart.note(await chart.client(status=status, discharge_date=day, deceased_date=day))
    plan = await fetch_plan(chart.connection)
    counts = {rule.data_type: rule for rule in plan.rules}
    assert (counts["client_records"].active, counts["clinical_notes"].active) == (3, 3)
    assert find_obstacles(plan) == ()


async def test_ended_without_a_date_is_kept_and_reported_once(chart: Chart) -> None:
    clients = {
        str(await chart.client(status=status, is_active=False)) for status in ("Discharged", "Deceased")
    }
    for client in clients:
        await chart.note(UUID(client))
    plan = await fetch_plan(chart.connection, with_keys=True)
    counts = {rule.data_type: rule for rule in plan.rules}
    assert (counts["client_records"].undated, counts["clinical_notes"].undated) == (2, 2)
    keys = counts["client_records"].keys
    assert keys
    assert set(keys.undated) == clients
    assert [finding.key for finding in find_obstacles(plan)] == ["retention:public.clients:undated"]


async def test_soft_deleted_rows_are_not_selected_again(chart: Chart) -> None:
    client = await chart.discharged(date(2001, 1, 1), deleted_at="2020-01-01 00:00+00")
    await chart.note(client, deleted_at="2020-01-01 00:00+00")
    plan = await fetch_plan(chart.connection)
    assert {rule.data_type: rule.due + rule.waiting for rule in plan.rules}["client_records"] == 0
    assert plan.due == 0


async def test_a_paused_rule_plans_nothing(chart: Chart) -> None:
    await chart.discharged(date(2001, 1, 1))
    await chart.connection.execute("update public.data_retention_policies set is_active = false")
    assert (await fetch_plan(chart.connection)).rules == ()


async def test_an_appointment_waits_for_its_charges_and_notes(chart: Chart) -> None:
    client = await chart.client()
    day = date(2001, 5, 5)
    with_charge, with_note = [await chart.appointment(client, day) for _ in range(2)]
    free, released = [await chart.appointment(client, day) for _ in range(2)]
    await chart.charge(client, day, appointment_id=with_charge)
    await chart.note(client, appointment_id=with_note)
    await chart.note(client, appointment_id=released, deleted_at="2020-01-01 00:00+00")
    plan = await plan_of(chart.connection, "appointments")
    assert plan.keys
    assert set(plan.keys.due) == {str(free), str(released)}
    assert plan.keys.waiting == {str(with_charge): ("charge_entries",), str(with_note): ("clinical_notes",)}
    assert plan.waits_for == {"charge_entries": 1, "clinical_notes": 1}


async def test_what_was_billed_waits_for_what_was_paid(chart: Chart) -> None:
    """A charge for its payments, a claim for both: money that came late keeps what it was for."""
    client, day, late = await chart.client(), date(2001, 5, 5), await today(chart.connection)
    claims = [await chart.claim(client, day) for _ in range(3)]
    charged = await chart.charge(client, day, claim_id=claims[0])
    await chart.payment(client, late, charge_id=charged)
    await chart.payment(client, late, claim_id=claims[1])
    plan = await fetch_plan(chart.connection, with_keys=True)
    keys = {rule.data_type: rule.keys for rule in plan.rules}
    assert (charges := keys["charge_entries"])
    assert charges.waiting == {str(charged): ("payment_records",)}
    assert (claimed := keys["insurance_claims"])
    assert claimed.waiting == {
        str(claims[0]): ("charge_entries",),
        str(claims[1]): ("payment_records",),
    }
    assert claimed.due == (str(claims[2]),)
    assert find_obstacles(plan) == ()


async def test_a_client_waits_for_everything_that_refers_to_it(chart: Chart) -> None:
    client = await chart.discharged(date(2001, 1, 1))
    await chart.appointment(client, date(2001, 1, 1))
    await insert(chart.connection, "client_statements", client_id=client, **await statement_values(chart))
    plan = await fetch_plan(chart.connection, with_keys=True)
    keys = next(rule for rule in plan.rules if rule.data_type == "client_records").keys
    assert keys
    assert keys.waiting == {str(client): ("appointments", "client_statements")}
    assert [finding.key for finding in find_obstacles(plan)] == ["retention:public.clients:unruled"]


async def statement_values(chart: Chart) -> dict[str, Any]:
    """Values for the columns that a statement needs, whatever they are."""
    cursor = await chart.connection.execute(
        "select column_name, data_type from information_schema.columns where table_schema = 'public' "
        "and table_name = 'client_statements' and is_nullable = 'NO' and column_default is null "
        "and column_name not in ('id', 'client_id')"
    )
    samples = {"date": date(2001, 1, 31), "numeric": 10, "text": "x", "integer": 1}
    return {row["column_name"]: samples[row["data_type"]] for row in await cursor.fetchall()}


async def test_a_table_that_comes_later_holds_a_hard_delete_back(connection: Connection) -> None:
    """No rule knows the table; its foreign key is enough, and `on delete cascade` takes nothing along."""
    log = await insert(connection, "api_logs", method="GET", url="/", created_at="2001-01-01 00:00+00")
    await connection.execute(
        "create table public.log_remarks (id int primary key, log_id uuid not null "
        "references public.api_logs on delete cascade)"
    )
    assert await due(connection, "session_data") == {str(log)}
    await connection.execute("insert into public.log_remarks values (1, %s)", (log,))
    plan = await plan_of(connection, "session_data")
    assert plan.keys
    assert (plan.due, plan.keys.waiting) == (0, {str(log): ("log_remarks",)})


async def test_planning_cannot_write(connection: Connection) -> None:
    """Were there a write in the plan, the transaction would refuse it."""
    await connection.execute(
        "create or replace function governance.render_retention_children("
        "rule public.data_retention_policies) returns text language plpgsql volatile as $$ begin "
        "insert into governance.retention_runs (origin) values ('rpc'); return 'null::text[]'; end $$"
    )
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        await fetch_plan(connection)
    cursor = await connection.execute("select count(*) from governance.retention_runs")
    assert await cursor.fetchone() == {"count": 0}
    await insert(connection, "api_logs", method="GET", url="/")


async def test_a_day_to_come_can_be_looked_at(chart: Chart) -> None:
    now = await today(chart.connection)
    edge = last_kept(now, YEARS_7)
    await chart.discharged(edge)
    plan = await plan_of(chart.connection, "client_records")
    assert (plan.due, plan.kept) == (0, 1)
    assert plan.next_due == later(edge, YEARS_7) + DAY
    assert (await plan_of(chart.connection, "client_records", plan.next_due)).due == 1
    assert (await plan_of(chart.connection, "client_records", plan.next_due - DAY)).due == 0


async def test_a_rule_with_a_wrong_column_says_so(connection: Connection) -> None:
    await connection.execute(
        "update public.data_retention_policies set basis_columns = '{status}' "
        "where data_type = 'client_records'"
    )
    with pytest.raises(psycopg.errors.UndefinedColumn, match="retention of client_records"):
        await fetch_plan(connection)
