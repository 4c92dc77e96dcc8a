"""Which task an event is of where several would do: by who acts, and by what changes along with what."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.database.raci.practice import Practice
from tests.people import keep_as

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAY = (
    "insert into public.payment_records (client_id, payer_type, payment_method, amount) "
    "values (%s, %s, %s, 10)"
)
METHODS = ("Card", "Cash", "Check", "Electronic Transfer")


async def perform(practice: Practice, person: str, statement: str, *values: Any) -> list[dict[str, Any]]:
    """The person's change, and the events of it."""
    await practice.connection.execute("delete from governance.events")
    await keep_as(practice.connection, practice.people[person], statement, *values)
    return await read_events(practice)


async def change(practice: Practice, statement: str, *values: Any) -> list[dict[str, Any]]:
    """The system's change, and the events of it."""
    await practice.connection.execute("delete from governance.events")
    await practice.connection.execute(statement.encode(), values)
    return await read_events(practice)


async def read_events(practice: Practice) -> list[dict[str, Any]]:
    cursor = await practice.connection.execute(
        "select task, kind, actor_id, facts from governance.events order by task"
    )
    return await cursor.fetchall()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("payer", ["Client", "Insurance"])
async def test_who_posts_and_takes_payments_posts_them(practice: Practice, method: str, payer: str) -> None:
    await practice.add_person("both", "billing_staff", "front_desk")
    events = await perform(practice, "both", PAY, practice.clients["of_therapist"], payer, method)
    assert [event["task"] for event in events] == ["post_payment"]


@pytest.mark.parametrize("method", METHODS[:3])
async def test_who_takes_payments_takes_them(practice: Practice, method: str) -> None:
    client = practice.clients["of_therapist"]
    events = await perform(practice, "front_desk", PAY, client, "Client", method)
    assert [event["task"] for event in events] == ["take_payment"]


async def test_who_may_do_two_tasks_does_the_one_that_the_columns_are_of(practice: Practice) -> None:
    """Everybody edits some of their own profile; the administrator, who edits all, also theirs."""
    own = "update public.profiles set {} where id = %s"
    for columns, tasks in (
        ("first_name = 'Other'", ["edit_own_profile", "manage_profiles"]),
        ("email = 'other@mentalspace.example'", ["manage_profiles"]),
        ("npi = '1234567893'", ["manage_profiles"]),
        ("title = 'Other'", ["manage_profiles"]),
    ):
        administrator = practice.people["administrator"]
        events = await perform(practice, "administrator", own.format(columns), administrator)
        assert [event["task"] for event in events] == tasks, columns


@pytest.mark.parametrize("moved_by", ["1 hour", "40 days"])
async def test_a_new_day_is_part_of_moving_an_appointment(practice: Practice, moved_by: str) -> None:
    appointment = await practice.add_appointment("of_therapist", "therapist")
    moved = (
        "update public.appointments set start_time = start_time + %s::interval, "
        "end_time = end_time + %s::interval where id = %s"
    )
    (event,) = await perform(practice, "front_desk", moved, moved_by, moved_by, appointment)
    assert event["task"] == "reschedule_appointment"
    assert sorted(event["facts"]["changed"]) == ["end_time", "start_time"]


async def test_what_a_row_leaves_and_joins_are_both_of_the_event(practice: Practice) -> None:
    appointment = await practice.add_appointment("of_therapist", "therapist")
    moved = "update public.appointments set client_id = %s, notes = 'moved' where id = %s"
    (event,) = await change(practice, moved, practice.clients["of_colleague"], appointment)
    assert set(event["facts"]["clients"]) == {str(key) for key in practice.clients.values()}
    assert "client" not in event["facts"]


async def test_the_systems_change_is_nobodys_whoever_is_named(practice: Practice) -> None:
    """Claims of a request may still be set when a program goes on as the system."""
    appointment = await practice.add_appointment("of_therapist", "therapist")
    claims = json.dumps({"sub": str(practice.people["front_desk"])})
    await practice.connection.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
    cancelled = "update public.appointments set status = 'Cancelled' where id = %s"
    (event,) = await change(practice, cancelled, appointment)
    assert (event["task"], event["actor_id"]) == ("cancel_appointment", None)
