"""The portal: what clients see and write, until it is switched off."""

from __future__ import annotations

import psycopg
import pytest
from tests.database.raci.asking import fetch, keep, refuse
from tests.database.raci.practice import Practice
from tests.people import acting_as, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = "2026-11-03T00:00:00+00:00"
PORTAL_TABLES = (
    *("clients", "appointments", "client_portal_messages", "client_statements", "telehealth_consents"),
    *("shared_documents", "profiles", "user_roles", "staff_directory", "notification_logs"),
)
OFF = "update public.clients set portal_enabled = false"
SHARED = "select storage_path from public.shared_documents"
WRITE = (
    "insert into public.client_portal_messages (client_id, sender_id, recipient_id, subject, body) "
    "values (%s, %s, %s, 'Some', 'words') returning id"
)
PORTAL_INSERTS = {
    "client_portal_messages": "(client_id, sender_id, subject, body) values (%s, %s, 'Some', 'words')",
    "appointment_requests": "(client_id, created_by, requested_start_time) values (%s, %s, now())",
    "telehealth_consents": "(client_id, created_by, document_version) values (%s, %s, '1')",
}


async def test_a_portal_switched_off_is_closed_at_the_next_statement(practice: Practice) -> None:
    client, login = practice.clients["of_therapist"], practice.people["client_user"]
    await practice.add_appointment("of_therapist", "therapist")
    await practice.insert(
        "client_portal_messages", client_id=client, sender_id=login, subject="A", body="question"
    )
    for table, values in {
        "client_statements": {
            "statement_number": "1",
            "period_start": "2026-10-01",
            "period_end": "2026-10-31",
            "balance": 1,
            "status": "Sent",
        },
        "telehealth_consents": {"document_version": "1"},
        "client_documents": {"title": "A letter", "storage_path": "1", "is_shared": True},
    }.items():
        await practice.insert(table, client_id=client, **values)
    await practice.insert(
        "notification_logs",
        notification_type="test",
        subject="A",
        message="word",
        recipient_user_ids=[login],
        sent_via=["in_app"],
    )
    async with practice.connection.transaction(force_rollback=True):
        for table in PORTAL_TABLES:
            assert await fetch(practice, "client_user", f"select from public.{table}") != [], table
        await practice.connection.execute(OFF.encode())
        for table in PORTAL_TABLES:
            assert await fetch(practice, "client_user", f"select from public.{table}") == [], table
        assert "send_message" in await refuse(practice, "client_user", WRITE, client, login, None)


async def test_a_login_that_is_not_active_is_nobodys(practice: Practice) -> None:
    """Their portal may still be switched on."""
    client, login = practice.clients["of_therapist"], practice.people["client_user"]
    await practice.add_appointment("of_therapist", "therapist")
    assert await fetch(practice, "client_user", "select id from public.clients") == [{"id": client}]
    assert len(await fetch(practice, "client_user", WRITE, client, login, None)) == 1
    await practice.connection.execute("update public.profiles set is_active = false where id = %s", (login,))
    for table in ("clients", "appointments", "staff_directory"):
        assert await fetch(practice, "client_user", f"select from public.{table}") == [], table
    assert "send_message" in await refuse(practice, "client_user", WRITE, client, login, None)


async def test_one_child_switched_off_leaves_the_other(practice: Practice) -> None:
    await practice.add_client("sibling", therapist="therapist", portal="client_user")
    await practice.connection.execute(f"{OFF} where id = %s".encode(), (practice.clients["of_therapist"],))
    rows = await fetch(practice, "client_user", "select id from public.clients")
    assert rows == [{"id": practice.clients["sibling"]}]


async def test_a_client_sees_statements_that_were_sent(practice: Practice) -> None:
    for number, status in enumerate(("Draft", "Sent", "Paid", "Void")):
        await practice.insert(
            "client_statements",
            client_id=practice.clients["of_therapist"],
            statement_number=str(number),
            period_start="2026-10-01",
            period_end="2026-10-31",
            balance=1,
            status=status,
        )
    seen = "select status from public.client_statements order by statement_number"
    assert await fetch(practice, "client_user", seen) == [{"status": "Sent"}, {"status": "Paid"}]
    assert len(await fetch(practice, "billing_staff", seen)) == 4
    await practice.connection.execute(
        "insert into public.user_roles (user_id, role) values (%s, 'billing_staff')",
        (practice.people["client_user"],),
    )
    assert len(await fetch(practice, "client_user", seen)) == 2, "whatever else they are"


async def test_whom_a_client_wrote_to_reads_and_answers(practice: Practice) -> None:
    client, login = practice.clients["of_therapist"], practice.people["client_user"]
    colleague = practice.people["colleague"]
    seen = "select id from public.client_portal_messages"
    assert "send_message" in await refuse(practice, "colleague", WRITE, client, colleague, login)
    assert await keep(practice, "client_user", WRITE, client, login, colleague) == 1
    assert len(await fetch(practice, "colleague", seen)) == 1
    read = "update public.client_portal_messages set read_at = now() returning id"
    assert len(await fetch(practice, "colleague", read)) == 1
    assert await keep(practice, "colleague", WRITE, client, colleague, login) == 1
    assert len(await fetch(practice, "client_user", seen)) == 2
    assert await fetch(practice, "front_desk", seen) == [], "no duty, whoever is addressed"


async def test_a_client_who_is_named_elsewhere_reads_their_own_chart_only(practice: Practice) -> None:
    """Addressed in another chart, or once a therapist there: neither is a client's own."""
    foreign, login = practice.clients["of_colleague"], practice.people["client_user"]
    await practice.insert(
        "client_portal_messages",
        client_id=foreign,
        sender_id=practice.people["colleague"],
        recipient_id=login,
        subject="A",
        body="word",
    )
    await practice.add_appointment("of_colleague", "client_user")
    for table in ("client_portal_messages", "appointments"):
        seen = f"select id from public.{table} where client_id = '{foreign}'"
        assert await fetch(practice, "client_user", seen) == [], table
    said = await refuse(practice, "client_user", WRITE, foreign, login, None)
    assert "send_message" in said


async def test_a_former_therapist_who_stays_a_client_reads_no_former_caseload(practice: Practice) -> None:
    await practice.add_appointment("of_therapist", "therapist")
    await practice.add_client("therapist_as_client", therapist="colleague", portal="therapist")
    await practice.connection.execute(
        "update public.user_roles set role = 'client_user' where user_id = %s",
        (practice.people["therapist"],),
    )
    assert await fetch(practice, "therapist", "select id from public.appointments") == []
    rows = await fetch(practice, "therapist", "select id from public.clients")
    assert rows == [{"id": practice.clients["therapist_as_client"]}]
    rows = await fetch(practice, "therapist", "select id from public.profiles")
    assert rows == [{"id": practice.people["therapist"]}]


@pytest.mark.parametrize("table", PORTAL_INSERTS)
async def test_a_client_writes_into_no_other_clients_chart(practice: Practice, table: str) -> None:
    statement = f"insert into public.{table} {PORTAL_INSERTS[table]} returning id"
    client = practice.people["client_user"]
    await practice.add_person("neighbour", "client_user")
    await practice.add_client("of_neighbour", therapist="colleague", portal="neighbour")
    for other in ("of_colleague", "of_neighbour"):
        said = await refuse(practice, "client_user", statement, practice.clients[other], client)
        assert "is not permitted to you on this row" in said, other
    assert len(await fetch(practice, "client_user", statement, practice.clients["of_therapist"], client)) == 1


@pytest.mark.parametrize("table", PORTAL_INSERTS)
async def test_a_client_writes_into_no_chart_that_is_switched_off(practice: Practice, table: str) -> None:
    """Also if they have another one that is not."""
    off = await practice.add_client("switched off", portal="client_user")
    await practice.connection.execute(
        "update public.clients set portal_enabled = false where id = %s", (off,)
    )
    statement = f"insert into public.{table} {PORTAL_INSERTS[table]}"
    said = await refuse(practice, "client_user", statement, off, practice.people["client_user"])
    assert "is not permitted to you on this row" in said


async def test_nobody_writes_a_message_in_anothers_name(practice: Practice) -> None:
    statement = f"insert into public.client_portal_messages {PORTAL_INSERTS['client_portal_messages']}"
    own, therapist = practice.clients["of_therapist"], practice.people["therapist"]
    rows = await fetch(practice, "client_user", f"{statement} returning sender_id", own, therapist)
    assert rows == [{"sender_id": practice.people["client_user"]}]


async def test_clients_see_what_is_shared_and_nothing_else(practice: Practice) -> None:
    await add_documents(practice)
    assert await fetch(practice, "client_user", "select id from public.client_documents") == []
    for person in practice.people:
        expected = {
            "client_user": [{"storage_path": "of_therapist/shared"}],
            "neighbour": [{"storage_path": "of_neighbour/shared"}],
        }
        assert await fetch(practice, person, SHARED) == expected.get(person, []), person


async def add_documents(practice: Practice) -> None:
    """One that is shared, one that is kept and one that is deleted, of clients with and without a login."""
    await practice.add_person("neighbour", "client_user")
    await practice.add_client("of_neighbour", therapist="colleague", portal="neighbour")
    await practice.add_client("of_staff", therapist="colleague", portal="front_desk")
    for client in practice.clients:
        for title, state in (("shared", {}), ("kept", {"is_shared": False}), ("gone", {"deleted_at": NOW})):
            where = {"client_id": practice.clients[client], "storage_path": f"{client}/{title}"}
            await practice.insert("client_documents", title=title, **where, **{"is_shared": True, **state})


@pytest.mark.parametrize(
    "change",
    [
        "update public.clients set portal_enabled = false where portal_user_id = %s",
        "update public.clients set deleted_at = now() where portal_user_id = %s",
        "update public.clients set portal_user_id = null where portal_user_id = %s",
        "update public.profiles set is_active = false where id = %s",
        "delete from public.user_roles where user_id = %s",
    ],
)
async def test_who_is_no_client_any_more_sees_nothing(practice: Practice, change: str) -> None:
    await add_documents(practice)
    await practice.add_appointment("of_therapist", "therapist")
    visits = "select id from public.appointments"
    assert await fetch(practice, "client_user", visits)
    await practice.connection.execute(change.encode(), (practice.people["client_user"],))
    for seen in (SHARED, visits, "select id from public.profiles", "select code from public.service_codes"):
        assert await fetch(practice, "client_user", seen) == [], seen


async def test_what_a_client_writes_is_limited(practice: Practice) -> None:
    """One request of 50 MB goes through the feed to everybody who listens."""
    client, me = practice.clients["of_therapist"], practice.people["client_user"]
    assigned = await practice.insert(
        "assessment_assignments",
        client_id=client,
        assigned_by=practice.people["therapist"],
        assessment_name="A questionnaire",
        status="In Progress",
    )
    for table, statement in {
        "appointment_requests": "insert into public.appointment_requests "
        f"(client_id, requested_start_time, reason) values ('{client}', now(), repeat('x', %s)) returning id",
        "telehealth_consents": "insert into public.telehealth_consents (client_id, document_version) "
        f"values ('{client}', repeat('x', %s)) returning id",
        "profiles": "update public.profiles set phone_number = repeat('1', %s) "
        f"where id = '{me}' returning id",
        "assessment_assignments": "update public.assessment_assignments "
        f"set responses = jsonb_build_object('a', repeat('x', %s)) where id = '{assigned}' returning id",
    }.items():
        assert len(await fetch(practice, "client_user", statement, 50)) == 1, table
        async with (
            acting_as(practice.connection, me) as session,
            refused(session, psycopg.errors.CheckViolation) as caught,
        ):
            await session.execute(statement.encode(), (1_000_000,))
        assert caught.value.diag.constraint_name == f"{table}_size_check"
