"""The outbox: told once, rolled back with its cause, read by whom it is addressed to."""

from __future__ import annotations

from itertools import product
from uuid import UUID, uuid4

from psycopg import sql
from tests.people import acting_as, refused

from mentalspace.database.connection import Connection
from mentalspace.notifications import Channel, Notification, Priority
from mentalspace.notifications.outbox import enqueue_notification

ONE, OTHER = uuid4(), uuid4()


def notification(
    key: str = "quality:public.appointments:rule", to: tuple[UUID, ...] = (ONE,), **values: object
) -> Notification:
    given = {"notification_type": "data_quality_alert", "subject": "appointments", "message": "2 rows"}
    return Notification.model_validate(given | {"recipient_user_ids": to, "delivery_key": key} | values)


async def find_queued(connection: Connection) -> list[Notification]:
    fields = sql.SQL(", ").join(map(sql.Identifier, Notification.model_fields))
    rows = await connection.execute(sql.SQL("select {} from public.notification_logs").format(fields))
    return [Notification.model_validate(row) for row in await rows.fetchall()]


async def read_by(connection: Connection, user: UUID | None, role: str = "authenticated") -> list[str]:
    async with acting_as(connection, user, role):
        rows = await connection.execute("select delivery_key from public.notification_logs order by 1")
        return [row["delivery_key"] for row in await rows.fetchall()]


async def add_person(connection: Connection, person: UUID, role: str) -> None:
    await connection.execute("insert into auth.users (id, email) values (%s, %s)", (person, str(person)))
    await connection.execute(
        "insert into public.profiles (id, email, first_name, last_name) "
        "values (%s, %s, 'Synthetic', 'Person')",
        (person, f"{person.hex}@mentalspace.example"),
    )
    await connection.execute("insert into public.user_roles (user_id, role) values (%s, %s)", (person, role))


async def test_told_once(connection: Connection) -> None:
    assert await enqueue_notification(connection, notification())
    assert not await enqueue_notification(connection, notification(subject="again"))
    (queued,) = await find_queued(connection)
    assert queued.subject == "appointments"


async def test_what_goes_in_comes_out(connection: Connection) -> None:
    given = notification(to=(ONE, OTHER), priority=Priority.urgent, sent_via=(Channel.in_app, Channel.email))
    await enqueue_notification(connection, given)
    assert await find_queued(connection) == [given]


async def test_never_tells_of_what_was_rolled_back(connection: Connection) -> None:
    async with connection.transaction(force_rollback=True):
        await enqueue_notification(connection, notification())
    assert await find_queued(connection) == []


async def test_each_reads_their_own_in_app_messages(connection: Connection) -> None:
    await add_person(connection, ONE, "therapist")
    await add_person(connection, OTHER, "front_desk")
    await enqueue_notification(connection, notification("one"))
    await enqueue_notification(connection, notification("both", (ONE, OTHER)))
    await enqueue_notification(connection, notification("mail", sent_via=(Channel.email,)))
    assert await read_by(connection, ONE) == ["both", "one"]
    assert await read_by(connection, OTHER) == ["both"]
    assert await read_by(connection, uuid4()) == []
    assert await read_by(connection, None) == []
    assert await read_by(connection, None, "service_role") == ["both", "mail", "one"]


async def test_who_has_no_role_any_more_reads_nothing(connection: Connection) -> None:
    await add_person(connection, ONE, "therapist")
    await enqueue_notification(connection, notification())
    await connection.execute("update public.profiles set is_active = false where id = %s", (ONE,))
    assert await read_by(connection, ONE) == []


async def test_visitors_read_nothing(connection: Connection) -> None:
    async with acting_as(connection, None, "anon"), refused(connection):
        await connection.execute("select from public.notification_logs")


WRITES = (
    "insert into public.notification_logs (notification_type, subject, message) values ('a', 'b', 'c')",
    "update public.notification_logs set subject = 'mine'",
    "delete from public.notification_logs",
)


async def test_nobody_signed_in_writes(connection: Connection) -> None:
    for role, statement in product(("anon", "authenticated"), WRITES):
        async with acting_as(connection, ONE, role), refused(connection):
            await connection.execute(statement.encode())


async def test_a_malformed_claim_reads_nothing_and_raises_nothing(connection: Connection) -> None:
    await enqueue_notification(connection, notification())
    async with acting_as(connection, None, claims={"sub": "null"}):
        rows = await connection.execute("select from public.notification_logs")
        assert await rows.fetchall() == []
