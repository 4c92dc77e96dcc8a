"""What triggers beside the guards keep right: amounts, caseloads, charts, co-signatures, administration."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from tests.database.emergency.glass import change, keep, refuse
from tests.database.raci.asking import fetch
from tests.database.raci.practice import Practice
from tests.people import acting_as

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOWER = "update public.charge_entries set charge_amount = 70 returning id"
ASSIGN = "update public.clients set primary_therapist_id = %s where id = %s returning id"
COSIGN = "update public.note_cosignatures set status = 'Cosigned' returning id"
GIVE_BACK = (
    "insert into public.payment_records (client_id, payer_type, payment_method, amount) "
    "values (%s, 'Client', 'Card', -20) returning id"
)
TAKE_ROLES = "delete from public.user_roles where user_id = %s"
CHANGE_ROLES = "update public.user_roles set role = 'therapist' where user_id = %s"
DEACTIVATE = "update public.profiles set is_active = false where id = %s"
DOCUMENT = (
    "update public.appointments set no_show_documented_at = %s where id = %s returning no_show_documented_at"
)
RECORD_NO_SHOW = DOCUMENT.replace(" where", ", status = 'No Show' where")
TAKE_BACK = (
    "update public.appointments set status = 'Scheduled' where id = %s returning no_show_documented_at"
)
WITHOUT_TRIGGERS = "set local session_replication_role = replica"
WITH_TRIGGERS = "set local session_replication_role = origin"


async def ask_supervisor(practice: Practice, note: Any) -> None:
    await practice.insert(
        "note_cosignatures",
        note_id=note,
        client_id=practice.clients["of_colleague"],
        supervisee_id=practice.people["colleague"],
        supervisor_id=practice.people["supervisor"],
    )


async def test_the_system_corrects_what_a_denied_charge_costs(practice: Practice) -> None:
    """No person lowers it, the system may."""
    await practice.insert("service_codes", code="90834", description="45 minutes")
    await practice.insert(
        "charge_entries",
        client_id=practice.clients["of_therapist"],
        provider_id=practice.people["therapist"],
        service_date="2026-11-02",
        cpt_code="90834",
        charge_amount=100,
        status="Denied",
    )
    said = await refuse(practice, "billing_staff", LOWER)
    assert "lowered while what was done stays the same" in str(said.message_primary)
    await change(practice, LOWER)


async def test_the_system_posts_money_that_goes_back(practice: Practice) -> None:
    """At the desk it only comes in."""
    client = practice.clients["of_therapist"]
    said = await refuse(practice, "front_desk", GIVE_BACK, client)
    assert "payment_records.amount" in str(said.message_primary)
    await change(practice, GIVE_BACK, client)


@pytest.mark.parametrize("before", ["supervisor", "colleague"])
async def test_a_supervisor_divides_the_caseloads_that_they_have_anyway(
    practice: Practice, before: str
) -> None:
    """Their own client, or a supervisee's, goes to another supervisee."""
    another = await practice.add_person("another", "therapist")
    await practice.supervise("supervisor", "another")
    client = await practice.add_client("divided", therapist=before)
    assert len(await fetch(practice, "supervisor", ASSIGN, another, client)) == 1


async def test_caseloads_are_brought_in_by_the_system_and_no_supervisor(practice: Practice) -> None:
    """Also when the system acts in the supervisor's name."""
    client, colleague = practice.clients["of_therapist"], practice.people["colleague"]
    await change(
        practice,
        "insert into public.user_roles (user_id, role) values (%s, 'front_desk')",
        practice.people["supervisor"],
    )
    said = await refuse(practice, "supervisor", ASSIGN, colleague, client)
    assert said.message_primary == "nobody brings a client into the caseloads that they supervise"
    async with acting_as(practice.connection, practice.people["supervisor"], role="service_role") as session:
        assert (await session.execute(ASSIGN.encode(), (colleague, client))).rowcount == 1


async def test_a_signed_note_is_cosigned_also_when_it_is_locked(practice: Practice) -> None:
    await ask_supervisor(practice, await practice.add_note("of_colleague", "colleague", status="locked"))
    assert len(await fetch(practice, "supervisor", COSIGN)) == 1


@pytest.mark.parametrize(
    "values", [{}, {"status": "signed", "deleted_at": "2026-11-02"}], ids=["a draft", "deleted"]
)
async def test_no_note_is_cosigned_on_anothers_signature(practice: Practice, values: dict[str, Any]) -> None:
    """A signed note beside it says nothing about a draft, nor about a note that was removed."""
    await practice.add_note("of_colleague", "colleague", status="signed")
    await ask_supervisor(practice, await practice.add_note("of_colleague", "colleague", **values))
    said = await refuse(practice, "supervisor", COSIGN)
    assert said.message_primary == "the note is not signed by its author"


async def test_what_points_into_another_chart_is_told_what_must_be_the_same(practice: Practice) -> None:
    client, me = practice.clients["of_therapist"], practice.people["therapist"]
    astray = await practice.add_appointment("of_colleague", "therapist")
    note = "insert into public.clinical_notes (client_id, provider_id, appointment_id, title, note_type) "
    values = "values (%s, %s, %s, 'A', 'contact_note')"
    said = await refuse(practice, "therapist", note + values, client, me, astray)
    assert said.message_hint == "Name a row of appointments with the same client_id."
    foreign = await practice.add_note("of_colleague", "colleague", status="locked")
    ask = "insert into public.unlock_requests (note_id, client_id, requested_by, reason) "
    said = await refuse(practice, "therapist", f"{ask} values (%s, %s, %s, 'A reason')", foreign, client, me)
    assert said.message_hint == "Name a row of clinical_notes with the same client_id and requested_by."


async def deactivate_administrators(practice: Practice) -> None:
    """As before the first one is made: no trigger is asked."""
    async with practice.connection.transaction():
        await change(practice, WITHOUT_TRIGGERS)
        await change(
            practice,
            "update public.profiles set is_active = false where id in "
            "(select user_id from public.user_roles where role = 'administrator')",
        )
        await change(practice, WITH_TRIGGERS)


@pytest.mark.parametrize("statement", [TAKE_ROLES, CHANGE_ROLES, DEACTIVATE])
async def test_without_an_active_administrator_others_are_changed_all_the_same(
    practice: Practice, statement: str
) -> None:
    """Nothing is lost by it; an administrator who is not active stays one."""
    await deactivate_administrators(practice)
    await change(practice, statement, practice.people["colleague"])
    for name in ("administrator", "second_administrator"):
        await change(practice, DEACTIVATE, practice.people[name])


@pytest.mark.parametrize("statement", [TAKE_ROLES, CHANGE_ROLES, DEACTIVATE])
async def test_only_who_takes_an_administrator_is_put_in_order_with_others(
    practice: Practice, statement: str
) -> None:
    """The row that makes two of them wait for each other is written; nobody else waits at it."""
    written = "select checked_at from governance.administrator_guard"
    before = await (await practice.connection.execute(written.encode())).fetchone()
    await change(practice, statement, practice.people["colleague"])
    assert await (await practice.connection.execute(written.encode())).fetchone() == before
    await change(practice, statement, practice.people["administrator"])
    assert await (await practice.connection.execute(written.encode())).fetchone() != before


async def test_who_supervises_somebody_may_leave_a_client_without_a_therapist(practice: Practice) -> None:
    """Without one they are in nobody's caseload."""
    client = practice.clients["of_therapist"]
    await practice.supervise("front_desk", "colleague")
    assert await fetch(practice, "front_desk", ASSIGN, None, client) == [{"id": client}]
    said = await refuse(practice, "front_desk", ASSIGN, practice.people["colleague"], client)
    assert said.message_primary == "nobody brings a client into the caseloads that they supervise"


async def test_a_no_show_is_documented_when_it_is_and_not_before(practice: Practice) -> None:
    """With the no-show, later, or once more; not documented at all, it has no date."""
    visit = await practice.add_appointment("of_therapist", "therapist")
    (moment,) = await fetch(practice, "therapist", "select now() as no_show_documented_at")
    earlier, later = "2026-11-02T14:00:00Z", "2999-01-01"
    for date in (earlier, later):
        assert await fetch(practice, "therapist", RECORD_NO_SHOW, date, visit) == [moment]
    (recorded,) = await keep(practice, "front_desk", RECORD_NO_SHOW, None, visit)
    assert recorded == {"no_show_documented_at": None}
    for person in ("front_desk", "therapist"):
        assert await fetch(practice, person, DOCUMENT, earlier, visit) == [moment]
    await change(practice, DOCUMENT, earlier, visit)
    assert await fetch(practice, "front_desk", DOCUMENT, later, visit) == [moment]
    assert await fetch(practice, "front_desk", DOCUMENT, None, visit) == [recorded]
    imported = [{"no_show_documented_at": datetime.fromisoformat(earlier)}]
    assert await fetch(practice, "front_desk", DOCUMENT, earlier, visit) == imported, "nothing changes"


async def test_who_takes_a_no_show_back_takes_its_documentation_back(practice: Practice) -> None:
    """Else the next no-show of this appointment would count as documented."""
    visit = await practice.add_appointment("of_therapist", "therapist")
    dated = TAKE_BACK.replace(" where", ", no_show_documented_at = now() where")
    for documented in ("2026-11-02T14:00:00Z", None):
        await keep(practice, "front_desk", RECORD_NO_SHOW, documented, visit)
        for statement in (TAKE_BACK, dated):
            assert await fetch(practice, "front_desk", statement, visit) == [{"no_show_documented_at": None}]
