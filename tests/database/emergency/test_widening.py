"""Whose scope an open chart widens: a role's that may break the glass, of who opened it."""

from __future__ import annotations

from tests.database.emergency.glass import change, fetch, open_chart
from tests.database.raci.practice import Practice

ROLE = "insert into public.user_roles (user_id, role) values (%s, %s)"
OTHERS_LEAVE = (
    "update public.clients set primary_therapist_id = null, portal_user_id = null, portal_enabled = false",
    "delete from public.clinical_notes",
    "delete from public.appointments",
    "delete from public.supervision_relationships",
    "delete from public.user_roles where user_id <> %(me)s",
    "delete from public.profiles where id <> %(me)s",
)


async def test_another_role_reaches_no_further_by_it(practice: Practice) -> None:
    """Supervisors read appointments and trainees change their own; who is both changes no foreign one."""
    await change(practice, ROLE, practice.people["supervisor"], "associate_trainee")
    appointment = await practice.add_appointment("of_therapist", "therapist")
    own = await practice.add_appointment("of_therapist", "supervisor")
    await open_chart(practice, "supervisor", "of_therapist")
    seen = await fetch(practice, "supervisor", "select from public.appointments where id = %s", appointment)
    assert len(seen) == 1
    touch = "update public.appointments set notes = notes where id = %s returning id"
    assert await fetch(practice, "supervisor", touch, appointment) == []
    assert await fetch(practice, "supervisor", touch, own) == [{"id": own}]


async def test_in_a_practice_of_one_it_opens_too(practice: Practice) -> None:
    client, me = practice.clients["of_colleague"], practice.people["therapist"]
    values = {"client_id": client, "assigned_by": me, "assessment_name": "A questionnaire"}
    await practice.insert("assessment_assignments", **values)
    await change(practice, ROLE, me, "administrator")
    for statement in OTHERS_LEAVE:
        await practice.connection.execute(statement.encode(), {"me": me})
    assigned = "select client_id from public.assessment_assignments"
    assert await fetch(practice, "therapist", assigned) == []
    await open_chart(practice)
    assert await fetch(practice, "therapist", assigned) == [{"client_id": client}]
