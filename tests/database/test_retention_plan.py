"""Which rows are due, which are not, and why: every rule at its edge. Planning changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import AsyncRawCursor
from psycopg.rows import dict_row
from tests.charts import Chart, add_person, insert, last_kept, later, open_chart
from tests.conftest import ROOT

from mentalspace.contracts.contract import FOLDER
from mentalspace.contracts.parse import read_contracts
from mentalspace.database.connection import Connection
from mentalspace.retention.compiling import compile_rules
from mentalspace.retention.findings import find_obstacles
from mentalspace.retention.plan import RulePlan
from mentalspace.retention.planning import fetch_plan
from mentalspace.retention.rendering import COLUMNS

DAY = timedelta(days=1)
YEARS_7, YEARS_10, YEARS_18, YEARS_25 = 84, 120, 216, 300


async def today(connection: Connection) -> date:
    return (await fetch_plan(connection)).as_of


async def plan_of(connection: Connection, data_type: str, as_of: date | None = None) -> RulePlan:
    plan = await fetch_plan(connection, as_of=as_of, with_keys=True)
    return next(rule for rule in plan.rules if rule.data_type == data_type)


async def due(connection: Connection, data_type: str) -> set[str]:
    keys = (await plan_of(connection, data_type)).keys
    assert keys
    return set(keys.due)


async def judge(connection: Connection, table: str, key: UUID, as_of: date) -> dict[str, Any]:
    """What the rule's own statement says about one row on a day."""
    cursor = await connection.execute(
        "select governance.render_retention_statement(policy) as statement "
        "from public.data_retention_policies as policy where table_name = %s",
        (table,),
    )
    row = await cursor.fetchone()
    assert row
    raw = AsyncRawCursor(connection, row_factory=dict_row)
    await raw.execute(f"select * from ({row['statement']}) as judged where key = $2", (as_of, str(key)))
    judged = await raw.fetchone()
    assert judged
    return judged


@pytest.fixture
async def chart(connection: Connection) -> Chart:
    return await open_chart(connection)


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


# dates ------------------------------------------------------------------------------------------------------


async def test_months_are_added_as_the_law_counts_them(connection: Connection) -> None:
    """Every day of nine years, five periods, against another implementation."""
    cursor = await connection.execute(
        "select governance.render_month_addition('day', months) as sql, months "
        "from unnest(array[1, 6, 84, 216, 300]) as months"
    )
    for row in await cursor.fetchall():
        days = await connection.execute(
            f"select day, {row['sql']} as until from ("
            "select generate_series(date '1996-01-01', date '2004-12-31', '1 day')::date as day) as days"
        )
        wrong = [
            each["day"]
            for each in await days.fetchall()
            if each["until"] != later(each["day"], row["months"])
        ]
        assert wrong == []


LAST_DAYS = (
    ("1980-06-15", "2015-05-31", "2022-05-31"),
    ("1980-06-15", "2012-02-29", "2019-03-01"),
    ("2004-06-15", "2010-01-10", "2029-06-15"),
    # One day before the 18th birthday, on it, and one day after.
    ("2004-06-15", "2022-06-14", "2029-06-15"),
    ("2004-06-15", "2022-06-15", "2029-06-15"),
    ("2004-06-15", "2022-06-16", "2029-06-16"),
    # Born on 29 February: the birthday of a common year is 1 March.
    ("2004-02-29", "2010-01-10", "2029-03-01"),
    ("2004-02-29", "2022-02-28", "2029-03-01"),
    ("2004-02-29", "2022-03-02", "2029-03-02"),
)


async def test_last_day_kept(chart: Chart) -> None:
    for born, discharged, until in LAST_DAYS:
        last, day = date.fromisoformat(until), date.fromisoformat(discharged)
        client = await chart.discharged(day, date_of_birth=date.fromisoformat(born))
        judged = await judge(chart.connection, "clients", client, last)
        assert (judged["keep_until"], judged["state"]) == (last, "kept"), (born, discharged)
        assert (await judge(chart.connection, "clients", client, last + DAY))["state"] == "due"


async def test_the_later_of_both_floors_counts(chart: Chart) -> None:
    client = await chart.discharged(date(2015, 3, 1), date_of_birth=date(2000, 6, 15))
    for months, until_age, until in (
        (120, 20, "2025-03-01"),
        (120, 26, "2026-06-15"),
        (12, 19, "2019-06-15"),
    ):
        await chart.connection.execute(
            "update public.data_retention_policies set retention_period_months = %s, until_age = %s "
            "where data_type = 'client_records'",
            (months, until_age),
        )
        judged = await judge(chart.connection, "clients", client, date(2030, 1, 1))
        assert judged["keep_until"] == date.fromisoformat(until)


async def test_who_is_no_minor_gets_no_longer_period(chart: Chart) -> None:
    """18 on the day of discharge: until 30 is for those who were younger."""
    await chart.connection.execute(
        "update public.data_retention_policies set until_age = 30 where birth_column is not null"
    )
    for age, until in ((timedelta(), "2029-06-15"), (-DAY, "2034-06-15")):
        day = date(2022, 6, 15) + age
        client = await chart.discharged(day, date_of_birth=date(2004, 6, 15))
        judged = await judge(chart.connection, "clients", client, date(2040, 1, 1))
        assert judged["keep_until"] == date.fromisoformat(until)


async def test_of_the_deceased_the_later_date_counts(chart: Chart) -> None:
    for discharged, deceased, until in (
        (date(2015, 1, 10), date(2016, 3, 1), date(2023, 3, 1)),
        (date(2016, 3, 1), date(2015, 1, 10), date(2023, 3, 1)),
        (None, date(2015, 1, 10), date(2022, 1, 10)),
    ):
        client = await chart.client(
            status="Deceased", is_active=False, discharge_date=discharged, deceased_date=deceased
        )
        judged = await judge(chart.connection, "clients", client, date(2030, 1, 1))
        assert judged["keep_until"] == until


async def test_a_moment_counts_by_the_calendar_of_the_practice(connection: Connection) -> None:
    """Three in the morning UTC is still the day before in New York."""
    log = await insert(connection, "api_logs", method="GET", url="/", created_at="2026-03-15 03:00:00+00")
    assert (await judge(connection, "api_logs", log, date(2026, 4, 14)))["state"] == "kept"
    assert (await judge(connection, "api_logs", log, date(2026, 4, 15)))["state"] == "due"


# every rule at its edge -------------------------------------------------------------------------------------


async def test_clients_and_their_notes(chart: Chart) -> None:
    edge = last_kept(await today(chart.connection), YEARS_7)
    kept, gone = await chart.discharged(edge), await chart.discharged(edge - DAY)
    kept_note, gone_note = await chart.note(kept), await chart.note(gone)
    assert await due(chart.connection, "clinical_notes") == {str(gone_note)}
    assert str(kept_note) not in await due(chart.connection, "clinical_notes")
    await chart.connection.execute("update public.clinical_notes set deleted_at = now()")
    assert await due(chart.connection, "client_records") == {str(gone)}


async def test_minors_and_their_notes_until_25(chart: Chart) -> None:
    now = await today(chart.connection)
    birthday = last_kept(now, YEARS_25)
    for born in (birthday, birthday - DAY):
        await chart.note(await chart.discharged(later(born, YEARS_18) - DAY * 900, date_of_birth=born))
    plan = await plan_of(chart.connection, "clinical_notes")
    assert (plan.kept, plan.due) == (1, 1)


async def test_appointments(chart: Chart) -> None:
    edge = last_kept(await today(chart.connection), YEARS_7)
    client = await chart.client()
    await chart.appointment(client, edge)
    gone = await chart.appointment(client, edge - DAY)
    assert await due(chart.connection, "appointments") == {str(gone)}


async def test_charges(chart: Chart) -> None:
    edge = last_kept(await today(chart.connection), YEARS_10)
    client = await chart.client()
    await chart.charge(client, edge)
    gone = await chart.charge(client, edge - DAY)
    assert await due(chart.connection, "charge_entries") == {str(gone)}


async def test_payments(chart: Chart) -> None:
    edge = last_kept(await today(chart.connection), YEARS_10)
    client = await chart.client()
    await chart.payment(client, edge)
    gone = await chart.payment(client, edge - DAY)
    assert await due(chart.connection, "payment_records") == {str(gone)}


@pytest.mark.parametrize("last", ["created_at", "submitted_at", "adjudicated_at"])
async def test_claims_count_from_the_last_that_happened_to_them(chart: Chart, last: str) -> None:
    edge = last_kept(await today(chart.connection), YEARS_10)
    client, long_ago = await chart.client(), edge - DAY * 90
    await chart.claim(client, long_ago, **{last: f"{edge} 17:00+00"})
    gone = await chart.claim(client, long_ago, **{last: f"{edge - DAY} 17:00+00"})
    assert await due(chart.connection, "insurance_claims") == {str(gone)}


@pytest.mark.parametrize(
    ("table", "data_type", "months"),
    [("phi_access_logs", "audit_logs", 120), ("api_logs", "session_data", 1)],
)
async def test_logs(connection: Connection, table: str, data_type: str, months: int) -> None:
    edge = last_kept(await today(connection), months)
    person = await add_person(connection)
    values: dict[str, Any] = (
        {"method": "GET", "url": "/"}
        if table == "api_logs"
        else {"user_id": person, "patient_id": person, "access_type": "view", "resource_type": "clients"}
    )
    await insert(connection, table, **values, created_at=f"{edge} 17:00+00")
    gone = await insert(connection, table, **values, created_at=f"{edge - DAY} 17:00+00")
    assert await due(connection, data_type) == {str(gone)}


async def test_results_of_the_checks_six_years(connection: Connection) -> None:
    edge = last_kept(await today(connection), 72)
    # What it is about is the day of the run, whenever the row was written.
    values = {"results": "[]"}
    await insert(connection, "data_quality_results", **values, check_date=f"{edge} 17:00+00")
    gone = await insert(connection, "data_quality_results", **values, check_date=f"{edge - DAY} 17:00+00")
    assert await due(connection, "quality_results") == {str(gone)}


async def test_role_history_ten_years_after_the_role_was_taken(connection: Connection) -> None:
    edge = last_kept(await today(connection), YEARS_10)
    person = await add_person(connection)
    values = {"user_id": person, "role": "therapist", "assigned_at": "1999-01-01 12:00+00"}
    await insert(connection, "user_role_history", **values, revoked_at=f"{edge} 17:00+00")
    gone = await insert(connection, "user_role_history", **values, revoked_at=f"{edge - DAY} 17:00+00")
    held = await insert(connection, "user_role_history", **values)
    plan = await plan_of(connection, "role_history")
    assert plan.keys
    assert (plan.keys.due, plan.active) == ((str(gone),), 1)
    assert str(held) not in plan.keys.due


async def test_roles_of_people_who_left_and_of_nobody_else(connection: Connection) -> None:
    edge = last_kept(await today(connection), YEARS_10)
    for left in (edge, edge - DAY):
        gone = await add_person(connection, is_active=False, deactivated_at=f"{left} 17:00+00")
        last = await insert(connection, "user_roles", user_id=gone, role="therapist")
    stays = await add_person(connection, deactivated_at="1999-01-01 12:00+00")
    await insert(connection, "user_roles", user_id=stays, role="administrator", assigned_at="1999-01-01")
    plan = await plan_of(connection, "user_roles")
    assert plan.keys
    assert (plan.keys.due, plan.active, plan.kept) == ((str(last),), 1, 1)


async def test_preferences_go_a_month_after_the_person(connection: Connection) -> None:
    edge = last_kept(await today(connection), 1)
    people = [
        await add_person(connection, is_active=False, deactivated_at=f"{left} 17:00+00")
        for left in (edge, edge - DAY)
    ]
    for person in (*people, await add_person(connection)):
        statement = "insert into public.notification_preferences (user_id) values (%s)"
        await connection.execute(statement, (person,))
    plan = await plan_of(connection, "notification_preferences")
    assert plan.keys
    assert (plan.keys.due, plan.active, plan.kept) == ((str(people[1]),), 1, 1)


# who is never due -------------------------------------------------------------------------------------------


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


# waiting ----------------------------------------------------------------------------------------------------


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


# planning itself --------------------------------------------------------------------------------------------


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
