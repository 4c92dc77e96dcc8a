"""A note that owes a co-signature, by its author or since one was asked, is locked when it is given."""

from __future__ import annotations

from typing import Any

import pytest
from tests.database.emergency.glass import change, refuse
from tests.database.raci.asking import fetch, keep
from tests.database.raci.practice import Practice
from tests.people import acting_as

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOCK = "update public.clinical_notes set status = 'locked' where id = %s returning locked_by"
SIGN = "update public.clinical_notes set status = 'signed', content = '{\"words\": \"other\"}' where id = %s"
UNLOCK = "update public.clinical_notes set status = 'draft' where id = %s"
ASK = (
    "insert into public.note_cosignatures (note_id, client_id, supervisee_id, supervisor_id) "
    "values (%s, %s, %s, %s)"
)
COSIGN = "update public.note_cosignatures set status = 'Cosigned' where status = 'Pending' returning id"
BEFORE, SIGNED, AFTER = "2026-11-02T09:00:00Z", "2026-11-02T10:00:00Z", "2026-11-02T11:00:00Z"
COSIGNED, RETURNED, PENDING = ("Cosigned", AFTER), ("Returned", AFTER), ("Pending", None)
# What was asked about a note and when it was decided; whether that lets it be locked.
ASKED: list[tuple[list[tuple[str, str | None]], bool]] = [
    ([PENDING], False),
    ([RETURNED], False),
    ([("Cosigned", BEFORE)], False),
    ([("Cosigned", None)], False),
    ([COSIGNED, PENDING], False),
    ([COSIGNED], True),
    ([("Cosigned", SIGNED)], True),
    ([RETURNED, ("Cosigned", BEFORE), COSIGNED], True),
]


async def add_trainee(practice: Practice) -> None:
    await practice.add_person("trainee", "associate_trainee")
    await practice.supervise("supervisor", "trainee")


async def add_note(practice: Practice, author: str, *asked: tuple[str, str | None], **values: Any) -> Any:
    """A signed note of this author, and what was asked about it."""
    client, me = practice.clients["of_colleague"], practice.people[author]
    signed = {"status": "signed", "signed_at": SIGNED, "signed_by": me, **values}
    note = await practice.add_note("of_colleague", author, **signed)
    people = {"supervisee_id": me, "supervisor_id": practice.people["supervisor"]}
    for status, decided_at in asked:
        answer = {"status": status, "decided_at": decided_at}
        await practice.insert("note_cosignatures", note_id=note, client_id=client, **people, **answer)
    return note


async def lock(practice: Practice, note: Any, *, passes: bool, person: str = "supervisor") -> None:
    """Try as somebody who may lock: it is done, or it is said what is owed."""
    if passes:
        assert await fetch(practice, person, LOCK, note) == [{"locked_by": practice.people[person]}]
        return
    said = await refuse(practice, person, LOCK, note)
    assert said.message_primary == "what is signed here owes a co-signature"
    assert said.message_detail == "Task clinical_notes.lock_note. Column status."
    assert "clinical_notes.request_cosignature" in str(said.message_hint)


@pytest.mark.parametrize(("asked", "is_locked"), [([], False), *ASKED])
async def test_a_trainees_note_is_locked_when_it_is_cosigned(
    practice: Practice, asked: list[tuple[str, str | None]], is_locked: bool
) -> None:
    """What was said about other notes of theirs neither helps nor hurts."""
    await add_trainee(practice)
    for others in (COSIGNED, PENDING):
        await add_note(practice, "trainee", others)
    await lock(practice, await add_note(practice, "trainee", *asked), passes=is_locked)


@pytest.mark.parametrize("person", ["colleague", "supervisor"])
@pytest.mark.parametrize(("asked", "is_locked"), [([], True), *ASKED])
async def test_a_therapists_note_is_locked_unless_a_cosignature_was_asked_for(
    practice: Practice, asked: list[tuple[str, str | None]], is_locked: bool, person: str
) -> None:
    """By themselves and by who supervises them; a trainee in the practice changes nothing."""
    await add_trainee(practice)
    for others in (COSIGNED, PENDING):
        await add_note(practice, "colleague", others)
    note = await add_note(practice, "colleague", *asked)
    await lock(practice, note, passes=is_locked, person=person)


@pytest.mark.parametrize("author", ["trainee", "colleague"])
async def test_nothing_is_cosigned_where_nobody_knows_when_it_was_signed(
    practice: Practice, author: str
) -> None:
    await add_trainee(practice)
    await lock(practice, await add_note(practice, author, COSIGNED, signed_at=None), passes=False)


async def test_who_is_a_trainee_besides_owes_it_too(practice: Practice) -> None:
    await add_trainee(practice)
    await practice.insert("user_roles", user_id=practice.people["trainee"], role="therapist")
    await lock(practice, await add_note(practice, "trainee"), person="trainee", passes=False)
    await lock(practice, await add_note(practice, "trainee", COSIGNED), person="trainee", passes=True)


async def test_what_was_unlocked_and_signed_again_is_cosigned_again(practice: Practice) -> None:
    """All as the people themselves do it."""
    await add_trainee(practice)
    note = await add_note(practice, "trainee", COSIGNED, status="locked", locked_at=AFTER)
    author, client = practice.people["trainee"], practice.clients["of_colleague"]
    await practice.add_appointment("of_colleague", "trainee")
    await practice.insert(
        "unlock_requests",
        note_id=note,
        client_id=client,
        requested_by=author,
        reason="Wrong date",
        status="Approved",
        decided_by=practice.people["supervisor"],
    )
    assert await keep(practice, "supervisor", UNLOCK, note) == 1
    assert await keep(practice, "trainee", SIGN, note) == 1
    await lock(practice, note, passes=False)
    assert await keep(practice, "trainee", ASK, note, client, author, practice.people["supervisor"]) == 1
    await lock(practice, note, passes=False)
    assert await keep(practice, "supervisor", COSIGN) == 1
    await lock(practice, note, passes=True)


async def test_who_may_not_lock_hears_of_their_duty_and_of_no_cosignature(practice: Practice) -> None:
    await add_trainee(practice)
    signed, draft = await add_note(practice, "trainee"), await add_note(practice, "trainee", status="draft")
    said = await refuse(practice, "trainee", LOCK, signed)
    assert (
        said.message_primary
        == "clinical_notes.lock_note is not permitted to you on this row of clinical_notes"
    )
    said = await refuse(practice, "supervisor", LOCK, draft)
    assert str(said.message_primary).startswith("no task covers")


@pytest.mark.parametrize("values", [{}, {"status": "draft", "signed_at": None}], ids=["signed", "draft"])
async def test_the_system_locks_what_it_imports(practice: Practice, values: dict[str, Any]) -> None:
    """Also in the name of somebody who could not."""
    await add_trainee(practice)
    note = await add_note(practice, "trainee", PENDING, **values)
    async with acting_as(practice.connection, practice.people["supervisor"], role="service_role") as session:
        assert (await session.execute(LOCK.encode(), (note,))).rowcount == 1
    await change(practice, LOCK, note)
