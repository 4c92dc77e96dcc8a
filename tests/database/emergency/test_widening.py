"""Whose scope an open chart widens: a role's that may break the glass, of who opened it."""

from __future__ import annotations

import pytest
from tests.database.emergency.glass import change, open_chart, refuse
from tests.database.raci.asking import fetch
from tests.database.raci.practice import Practice

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROLE = "insert into public.user_roles (user_id, role) values (%s, %s)"
OTHERS_LEAVE = (
    "update public.clients set primary_therapist_id = null, portal_user_id = null, portal_enabled = false",
    "delete from public.clinical_notes",
    "delete from public.appointments",
    "delete from public.supervision_relationships",
    "delete from public.user_roles where user_id <> %(me)s",
    "delete from public.profiles where id <> %(me)s",
)
# Of these tables a therapist reads their own rows, and none of their own clients' otherwise.
OF_OTHERS = {
    "insurance_claims": "(client_id, claim_number, payer_name, total_amount) "
    "values (%(client)s, 'C', 'P', 1)",
    "charge_entries": "(client_id, provider_id, service_date, cpt_code, charge_amount) "
    "values (%(client)s, %(colleague)s, '2026-11-02', '90834', 100)",
    "unlock_requests": "(note_id, client_id, requested_by, reason) select id, client_id, provider_id, "
    "'A reason' from public.clinical_notes where client_id = %(client)s",
}


@pytest.mark.parametrize("table", OF_OTHERS)
async def test_what_is_read_of_own_rows_only_stays_closed(practice: Practice, table: str) -> None:
    """Nobody reads more of a stranger in an emergency than of their own clients."""
    await practice.insert("service_codes", code="90834", description="45 minutes")
    values = {"client": practice.clients["of_colleague"], "colleague": practice.people["colleague"]}
    await practice.connection.execute(f"insert into public.{table} {OF_OTHERS[table]}".encode(), values)
    read = f"select client_id from public.{table}"
    assert len(await fetch(practice, "administrator", read)) == 1
    await open_chart(practice)
    assert await fetch(practice, "therapist", read) == []


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


async def test_what_only_the_other_role_does_it_does_not_do_by_it(practice: Practice) -> None:
    """Trainees put documents into the charts of their caseload, supervisors into nobody's."""
    await change(practice, ROLE, practice.people["supervisor"], "associate_trainee")
    put = (
        "insert into public.client_documents (client_id, title, storage_path) "
        "values (%s, 'A letter', 'a/path') returning id"
    )
    await open_chart(practice, "supervisor", "of_therapist")
    said = await refuse(practice, "supervisor", put, practice.clients["of_therapist"])
    assert "share_document is not permitted to you" in str(said.message_primary)
    await open_chart(practice, "therapist", "of_colleague")
    assert await fetch(practice, "therapist", put, practice.clients["of_colleague"])


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
