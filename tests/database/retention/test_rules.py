"""Which rows are due: every rule at its edge."""

from __future__ import annotations

from typing import Any

import pytest
from tests.charts import Chart, add_person, insert, last_kept, later
from tests.database.retention.planning import (
    DAY,
    YEARS_7,
    YEARS_10,
    YEARS_18,
    YEARS_25,
    due,
    plan_of,
    today,
)

from mentalspace.database.connection import Connection


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
