"""Who treats whom, which consent covers a recording, which approval unlocks: a near miss is none."""

from __future__ import annotations

from typing import Any

import pytest
from tests.database.emergency.glass import change, keep, refuse
from tests.database.raci.asking import fetch
from tests.database.raci.practice import Practice
from tests.people import refused

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNLOCK = (
    "update public.clinical_notes set status = 'draft' where id = %s "
    "returning signed_at, signed_by, locked_at, locked_by"
)
WRITE = "insert into public.psychotherapy_notes (client_id, author_id) values (%s, %s) returning id"
RECORD = (
    "insert into public.session_recordings "
    "(session_id, client_id, provider_id, consent_id, started_at, storage_path) "
    "values (%s, %s, %s, %s, coalesce(%s::timestamptz, now()), 'a/path') returning id"
)
REMOVED = {"deleted_at": "2026-11-02"}
# Who wrote to whom in whose chart; what the treatment of the client neighbour does not follow from.
MESSAGES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("neighbour", "neighbours_login", "colleague", {}),
    ("of_therapist", "client_user", "therapist", {}),
    ("neighbour", "neighbours_login", "therapist", REMOVED),
    ("neighbour", "colleague", "therapist", {}),
    ("neighbour", "client_user", "therapist", {}),
]
VISITS: list[tuple[str, str, bool]] = [
    ("neighbour", "colleague", False),
    ("of_therapist", "therapist", False),
    ("neighbour", "therapist", True),
]


async def add_neighbour(practice: Practice) -> tuple[Any, Any]:
    """A client of the colleague with a login, whom the therapist does not treat; what to write about whom."""
    await practice.add_person("neighbours_login", "client_user")
    client = await practice.add_client("neighbour", therapist="colleague", portal="neighbours_login")
    return client, practice.people["therapist"]


async def add_message(practice: Practice, client: str, sender: str, recipient: str, **values: Any) -> None:
    await practice.insert(
        "client_portal_messages",
        client_id=practice.clients[client],
        sender_id=practice.people[sender],
        recipient_id=practice.people[recipient],
        subject="A",
        body="word",
        **values,
    )


@pytest.mark.parametrize(("client", "sender", "recipient", "values"), MESSAGES)
async def test_only_what_the_client_wrote_to_them_makes_a_client_theirs(
    practice: Practice, client: str, sender: str, recipient: str, values: dict[str, Any]
) -> None:
    about = await add_neighbour(practice)
    await add_message(practice, client, sender, recipient, **values)
    said = await refuse(practice, "therapist", WRITE, *about)
    assert "names a client whom you do not treat" in str(said.message_primary)
    await add_message(practice, "neighbour", "neighbours_login", "therapist")
    assert len(await fetch(practice, "therapist", WRITE, *about)) == 1


@pytest.mark.parametrize(("client", "provider", "is_removed"), VISITS)
async def test_only_their_own_visit_makes_a_client_theirs(
    practice: Practice, client: str, provider: str, is_removed: bool
) -> None:
    about = await add_neighbour(practice)
    visit = await practice.add_appointment(client, provider)
    if is_removed:
        await change(practice, "update public.appointments set deleted_at = now() where id = %s", visit)
    said = await refuse(practice, "therapist", WRITE, *about)
    assert "names a client whom you do not treat" in str(said.message_primary)
    await practice.add_appointment("neighbour", "therapist")
    assert len(await fetch(practice, "therapist", WRITE, *about)) == 1


async def test_who_has_the_client_in_their_caseload_treats_them(practice: Practice) -> None:
    client, me = practice.clients["of_therapist"], practice.people["therapist"]
    assert len(await fetch(practice, "therapist", WRITE, client, me)) == 1


async def add_session(practice: Practice) -> list[Any]:
    """A session of the therapist: what a recording of it begins with."""
    client, me = practice.clients["of_therapist"], practice.people["therapist"]
    visit = await practice.add_appointment("of_therapist", "therapist")
    session = await practice.insert(
        "telehealth_sessions", client_id=client, provider_id=me, appointment_id=visit
    )
    return [session, client, me]


async def add_consent(practice: Practice, **values: Any) -> Any:
    return await practice.insert(
        "telehealth_consents",
        client_id=practice.clients["of_therapist"],
        consent_type="Recording",
        document_version="1",
        **values,
    )


@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
async def test_a_consent_that_ended_covers_what_the_system_imports_from_then(
    practice: Practice, ended: str
) -> None:
    """Nobody else dates a recording back; the first moment is covered, and the last is not."""
    session = await add_session(practice)
    consent = await add_consent(practice, consented_at="2026-01-01Z", **{ended: "2026-02-01Z"})
    said = await refuse(practice, "therapist", RECORD, *session, consent, "2026-01-15Z")
    assert "no consent to recording that is in force" in str(said.message_primary)
    for moment, is_covered in (("2025-12-31", False), ("2026-01-01", True), ("2026-02-01", False)):
        values = (*session, consent, f"{moment}Z")
        if is_covered:
            async with practice.connection.transaction(force_rollback=True):
                await change(practice, RECORD, *values)
        else:
            async with refused(practice.connection):
                await change(practice, RECORD, *values)


@pytest.mark.parametrize(
    "values",
    [
        {"consented_at": "2999-01-01"},
        {"consented_at": "2025-01-01", "revoked_at": "2025-02-01"},
        {"consented_at": "2025-01-01", "expires_at": "2025-02-01"},
    ],
    ids=["not yet", "revoked", "expired"],
)
async def test_another_consent_does_not_help_the_one_that_is_named(
    practice: Practice, values: dict[str, Any]
) -> None:
    session = await add_session(practice)
    in_force = await add_consent(practice)
    consent = await add_consent(practice, **values)
    said = await refuse(practice, "therapist", RECORD, *session, consent, None)
    assert "no consent to recording that is in force" in str(said.message_primary)
    assert len(await fetch(practice, "therapist", RECORD, *session, in_force, None)) == 1


async def add_locked_note(practice: Practice) -> Any:
    """A note of the colleague, with everything that signing and locking leave on it."""
    author = practice.people["colleague"]
    return await practice.add_note(
        "of_colleague",
        "colleague",
        status="locked",
        signed_at="2026-11-02",
        signed_by=author,
        locked_at="2026-11-03",
        locked_by=author,
    )


async def add_request(practice: Practice, note: Any, status: str, decider: str | None) -> None:
    await practice.insert(
        "unlock_requests",
        note_id=note,
        client_id=practice.clients["of_colleague"],
        requested_by=practice.people["colleague"],
        reason="Wrong date",
        status=status,
        decided_by=practice.people.get(decider or ""),
    )


@pytest.mark.parametrize(("status", "decider"), [("Denied", "second_administrator"), ("Approved", None)])
async def test_what_was_denied_or_decided_by_nobody_unlocks_nothing(
    practice: Practice, status: str, decider: str | None
) -> None:
    note = await add_locked_note(practice)
    await add_request(practice, note, status, decider)
    said = await refuse(practice, "supervisor", UNLOCK, note)
    assert said.message_primary == "no approved request to unlock this note is left"


async def test_an_unlocked_note_is_unsigned_and_one_approval_is_used(practice: Practice) -> None:
    """The approval of another note is left, and so is a second one of this note."""
    note, other = await add_locked_note(practice), await add_locked_note(practice)
    for one in (note, note, other):
        await add_request(practice, one, "Approved", "second_administrator")
    (unlocked,) = await keep(practice, "supervisor", UNLOCK, note)
    assert set(unlocked.values()) == {None}
    await change(practice, "update public.clinical_notes set status = 'locked' where id = %s", note)
    for one in (note, other):
        assert len(await keep(practice, "supervisor", UNLOCK, one)) == 1
    await change(practice, "update public.clinical_notes set status = 'locked'")
    for one in (note, other):
        await refuse(practice, "supervisor", UNLOCK, one)
