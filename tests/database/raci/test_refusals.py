"""What a refusal says, as PostgREST would pass it on: the task, who holds it, and that nothing changed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.database.raci.practice import Practice
from tests.people import acting_as, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")

CANCEL = "update public.appointments set status = 'Cancelled', cancellation_reason = 'moved' where id = %s"


async def run(practice: Practice, person: str, statement: str, *values: Any) -> int:
    """Rows affected when this person runs the statement; rolled back."""
    async with acting_as(practice.connection, practice.people[person]) as session:
        return (await session.execute(statement.encode(), values)).rowcount


async def refusal(practice: Practice, person: str, statement: str, *values: Any) -> psycopg.Error:
    async with (
        acting_as(practice.connection, practice.people[person]) as session,
        refused(session) as caught,
    ):
        await session.execute(statement.encode(), values)
    return caught.value


async def status(practice: Practice, appointment: UUID) -> str:
    cursor = await practice.connection.execute(
        "select status from public.appointments where id = %s", (appointment,)
    )
    row = await cursor.fetchone()
    assert row
    return str(row["status"])


@pytest.mark.parametrize(
    ("attributes", "is_system"),
    [("", True), ("in role authenticated", False), ("in role anon", False), ("bypassrls", True)],
)
async def test_who_is_judged(practice: Practice, attributes: str, is_system: bool) -> None:
    """Whoever acts as a caller by inheritance; a role of the operators' own is none."""
    async with practice.connection.transaction(force_rollback=True):
        for statement in (
            f"create role raci_test_somebody {attributes}",
            "grant usage on schema governance to raci_test_somebody",
            "grant execute on function governance.acts_as_system() to raci_test_somebody",
            "grant raci_test_somebody to postgres",
            "set local role raci_test_somebody",
        ):
            await practice.connection.execute(statement.encode())
        cursor = await practice.connection.execute("select governance.acts_as_system() as it")
        assert await cursor.fetchone() == {"it": is_system}


async def test_a_therapist_cannot_cancel_a_colleagues_visible_appointment(practice: Practice) -> None:
    appointment = await practice.add_appointment("of_therapist", "colleague")
    seen = "select id from public.appointments where id = %s"
    assert await run(practice, "therapist", seen, appointment) == 1
    error = await refusal(practice, "therapist", CANCEL, appointment)
    assert error.sqlstate == "42501"
    assert (
        error.diag.message_primary
        == "scheduling.cancel_appointment is not permitted to you on this row of appointments"
    )
    assert error.diag.message_detail == "Task scheduling.cancel_appointment. You hold: therapist R,I (own)."
    assert error.diag.message_hint == (
        "Performed by: front_desk (R,A, all), therapist (R,I, own), associate_trainee (R,I, own). "
        "Ask one of them."
    )
    assert await status(practice, appointment) == "Scheduled"


@pytest.mark.parametrize(
    ("person", "provider"),
    [("therapist", "therapist"), ("front_desk", "therapist"), ("front_desk", "colleague")],
)
async def test_those_who_may_cancel_do(practice: Practice, person: str, provider: str) -> None:
    appointment = await practice.add_appointment("of_therapist", provider)
    assert await run(practice, person, CANCEL, appointment) == 1


@pytest.mark.parametrize("provider", ["therapist", "colleague"])
async def test_a_client_sees_and_cannot_cancel(practice: Practice, provider: str) -> None:
    appointment = await practice.add_appointment("of_therapist", provider)
    seen = "select id from public.appointments where id = %s"
    assert await run(practice, "client_user", seen, appointment) == 1
    assert await run(practice, "client_user", CANCEL, appointment) == 0


async def test_who_cancelled_and_when_is_written_by_the_database(practice: Practice) -> None:
    appointment = await practice.add_appointment("of_therapist", "therapist")
    forged = CANCEL.replace("where", ", cancelled_by = %s, cancelled_at = '2001-01-01' where")
    async with acting_as(practice.connection, practice.people["therapist"]) as session:
        cursor = await session.execute(
            f"{forged} returning cancelled_by, cancelled_at = now() as is_now".encode(),
            (practice.people["colleague"], appointment),
        )
        row = await cursor.fetchone()
    assert row == {"cancelled_by": practice.people["therapist"], "is_now": True}


async def test_a_change_that_no_task_covers_names_the_column(practice: Practice) -> None:
    appointment = await practice.add_appointment("of_therapist", "therapist")
    error = await refusal(
        practice,
        "front_desk",
        "update public.appointments set client_id = %s where id = %s",
        practice.clients["of_colleague"],
        appointment,
    )
    assert error.diag.message_primary == "no task covers this change of appointments.client_id"
    assert error.diag.message_detail == "Column client_id."


async def test_a_column_that_only_accompanies_does_not_change_alone(practice: Practice) -> None:
    appointment = await practice.add_appointment("of_therapist", "therapist")
    alone = "update public.appointments set cancellation_reason = 'because' where id = %s"
    error = await refusal(practice, "front_desk", alone, appointment)
    assert error.diag.message_primary == "no task covers this change of appointments.cancellation_reason"


async def test_a_column_unknown_to_the_compiler_is_immutable(practice: Practice) -> None:
    appointment = await practice.add_appointment("of_therapist", "therapist")
    await practice.connection.execute("alter table public.appointments add column is_vip boolean")
    error = await refusal(
        practice, "front_desk", "update public.appointments set is_vip = true where id = %s", appointment
    )
    assert error.diag.message_primary == "no task covers this change of appointments.is_vip"


async def test_a_permitted_task_does_not_carry_a_foreign_column(practice: Practice) -> None:
    appointment = await practice.add_appointment("of_therapist", "therapist")
    both = CANCEL.replace("where", ", client_id = %s where")
    error = await refusal(practice, "therapist", both, practice.clients["of_colleague"], appointment)
    assert error.diag.message_primary == "no task covers this change of appointments.client_id"


async def test_an_unchanged_row_may_be_saved(practice: Practice) -> None:
    appointment = await practice.add_appointment("of_therapist", "therapist")
    same = "update public.appointments set status = status, updated_at = now() where id = %s"
    assert await run(practice, "therapist", same, appointment) == 1


async def test_a_row_is_not_pushed_out_of_scope(practice: Practice) -> None:
    appointment = await practice.add_appointment("of_colleague", "therapist")
    handed_over = "update public.appointments set provider_id = %s where id = %s"
    error = await refusal(practice, "therapist", handed_over, practice.people["colleague"], appointment)
    assert str(error.diag.message_primary).startswith("scheduling.reschedule_appointment is not permitted")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("start_time", "2026-11-02 08:00+00"),
        ("end_time", "2026-11-02 18:00+00"),
        ("block_type", "Training"),
        ("reason", "else"),
    ],
)
async def test_what_is_handed_over_names_the_task_that_was_meant(
    practice: Practice, column: str, value: str
) -> None:
    """Whichever of its columns changes along."""
    block = await practice.insert(
        "blocked_times",
        provider_id=practice.people["therapist"],
        start_time="2026-11-02 09:00+00",
        end_time="2026-11-02 17:00+00",
        block_type="Meeting",
        reason="one",
    )
    change = f"update public.blocked_times set {column} = %s where id = %s"
    assert await run(practice, "therapist", change, value, block) == 1
    both = change.replace("where", ", provider_id = %s where")
    error = await refusal(practice, "therapist", both, value, practice.people["colleague"], block)
    assert str(error.diag.message_primary).startswith("scheduling.manage_blocked_time is not permitted")


async def test_a_definer_function_launders_nobody(practice: Practice) -> None:
    appointment = await practice.add_appointment("of_therapist", "colleague")
    await practice.connection.execute(
        "create function public.cancel_anything(one uuid) returns void language sql security definer "
        "set search_path = '' begin atomic "
        "update public.appointments set status = 'Cancelled' where id = one; end; "
        "grant execute on function public.cancel_anything(uuid) to authenticated"
    )
    error = await refusal(practice, "client_user", "select public.cancel_anything(%s)", appointment)
    assert str(error.diag.message_detail).startswith("Task scheduling.cancel_appointment.")


@pytest.mark.parametrize("role", ["service_role", "none"])
async def test_the_system_passes(practice: Practice, role: str) -> None:
    appointment = await practice.add_appointment("of_therapist", "colleague")
    async with acting_as(practice.connection, None, role=role) as session:
        assert (await session.execute(CANCEL, (appointment,))).rowcount == 1


async def test_a_role_that_inherits_authenticated_is_judged(practice: Practice) -> None:
    appointment = await practice.add_appointment("of_therapist", "colleague")
    async with practice.connection.transaction(force_rollback=True):
        await practice.connection.execute("create role raci_test_kiosk in role authenticated")
        await practice.connection.execute("grant raci_test_kiosk to postgres with set true")
        async with (
            acting_as(practice.connection, practice.people["therapist"], role="raci_test_kiosk") as session,
            refused(session) as caught,
        ):
            await session.execute(CANCEL, (appointment,))
        assert "scheduling.cancel_appointment" in str(caught.value)


async def test_anonymous_reaches_nothing(practice: Practice) -> None:
    await practice.add_appointment("of_therapist", "therapist")
    async with acting_as(practice.connection, None, role="anon") as session, refused(session):
        await session.execute("select from public.appointments")


async def test_a_deleted_row_is_gone_for_everybody(practice: Practice) -> None:
    appointment = await practice.add_appointment("of_therapist", "therapist")
    seen = "select id from public.appointments where id = %s"
    assert await run(practice, "therapist", seen, appointment) == 1
    await practice.connection.execute(
        "update public.appointments set deleted_at = now() where id = %s", (appointment,)
    )
    for person in practice.people:
        assert await run(practice, person, seen, appointment) == 0
        assert await run(practice, person, CANCEL, appointment) == 0


async def test_a_revoked_role_is_gone_at_the_next_statement(practice: Practice) -> None:
    """The token stays valid; the role does not."""
    appointment = await practice.add_appointment("of_therapist", "therapist")
    seen = "select id from public.appointments where id = %s"
    async with practice.connection.transaction(force_rollback=True):
        assert await run(practice, "therapist", seen, appointment) == 1
        await practice.connection.execute(
            "delete from public.user_roles where user_id = %s", (practice.people["therapist"],)
        )
        assert await run(practice, "therapist", seen, appointment) == 0
        assert await run(practice, "therapist", CANCEL, appointment) == 0


async def test_an_inactive_person_has_no_role(practice: Practice) -> None:
    appointment = await practice.add_appointment("of_therapist", "therapist")
    seen = "select id from public.appointments where id = %s"
    assert await run(practice, "therapist", seen, appointment) == 1
    await practice.connection.execute(
        "update public.profiles set is_active = false where id = %s", (practice.people["therapist"],)
    )
    assert await run(practice, "therapist", seen, appointment) == 0
