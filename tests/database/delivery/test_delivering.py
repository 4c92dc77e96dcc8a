"""From the outbox to a mail server and a webhook: at least once under one key, recorded, never lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from tests.outbox import fetch_all
from tests.people import acting_as, refused
from tests.sinks import HookSink, MailSink, hook_sink, mail_sink

from mentalspace.database.connection import Connection, connect
from mentalspace.delivery import delivering, outbox
from mentalspace.delivery.channels import Channels
from mentalspace.delivery.delivering import Deliverer
from mentalspace.delivery.history import find_messages, resend_messages
from mentalspace.delivery.jobs import watch
from mentalspace.delivery.letter import name_reference
from mentalspace.delivery.outbox import claim_parcels, mark_sent
from mentalspace.delivery.planning import Manners
from mentalspace.jobs.job import JobContext
from mentalspace.notifications import Channel, Notification, Priority
from mentalspace.notifications.outbox import enqueue_notification
from mentalspace.settings import load_settings

NEVER_QUIET = Manners(ZoneInfo("America/New_York"), time(0), time(0), time(7, 30), 20)
ONE, OTHER = uuid4(), uuid4()


async def add_people(connection: Connection) -> None:
    for user_id, email in ((ONE, "one@people.example"), (OTHER, "other@people.example")):
        await connection.execute("insert into auth.users (id, email) values (%s, %s)", (user_id, email))
        await connection.execute(
            "insert into public.profiles (id, email, first_name, last_name) values (%s, %s, 'A', 'B')",
            (user_id, email),
        )


@dataclass
class House:
    """A practice with a mail server and a chat."""

    connection: Connection
    url: str
    mail: MailSink
    hook: HookSink
    manners: Manners = NEVER_QUIET

    @property
    def channels(self) -> Channels:
        return Channels({Channel.email: self.mail.url, Channel.slack: self.hook.url})

    async def tell(self, key: str = "sample:1", to: tuple[UUID, ...] = (ONE,), **values: Any) -> None:
        given = {"notification_type": "sample", "subject": "appointments", "message": "2 rows"}
        given |= {"recipient_user_ids": to, "delivery_key": key, "sent_via": (Channel.email,)}
        await enqueue_notification(self.connection, Notification.model_validate(given | values))

    async def drain(self, **given: Any) -> Mapping[tuple[str, str], int]:
        values = {"channels": self.channels, "manners": self.manners, "sender": "tester"} | given
        return (await Deliverer(self.connection, **values).drain()).ends

    async def hurry(self) -> None:
        """All that waits is due now, and nobody holds a lease."""
        await self.connection.execute(
            "update governance.notification_deliveries "
            "set available_at = now(), lease_until = null where state = 'pending'"
        )

    async def states(self) -> list[tuple[object, ...]]:
        return await fetch_all(
            self.connection,
            "select channel, state, reason, attempts "
            "from governance.notification_deliveries order by delivery_id",
        )

    async def statuses(self) -> dict[str, str]:
        rows = await fetch_all(self.connection, "select delivery_key, status from public.notification_logs")
        return {str(key): str(status) for key, status in rows}


@pytest.fixture
async def house(connection: Connection, database_url: str) -> AsyncIterator[House]:
    await add_people(connection)
    async with mail_sink() as mail, hook_sink() as hook:
        yield House(connection, database_url, mail, hook)


async def test_mail_to_each_chat_to_all_and_in_app_by_itself(house: House) -> None:
    every = (Channel.in_app, Channel.email, Channel.slack)
    await house.tell("all", (ONE, OTHER), sent_via=every)
    await house.tell("silent", sent_via=(Channel.in_app,))
    assert await house.drain() == {("email", "sent"): 2, ("slack", "sent"): 1}
    assert sorted(mail["To"] for mail in house.mail.mails) == ["one@people.example", "other@people.example"]
    assert all("2 rows" in mail.get_payload() for mail in house.mail.mails)
    (post,) = house.hook.posts
    assert "appointments" in str(post)
    assert "2 rows" not in str(post)
    assert await house.statuses() == {"all": "sent", "silent": "sent"}
    assert await house.drain() == {}


async def test_what_is_refused_for_now_is_tried_again_and_recorded(house: House) -> None:
    await house.tell()
    house.mail.refuses = 2  # both tries of one attempt
    assert await house.drain() == {("email", "failed"): 1}
    assert await house.drain() == {}, "not before its time"
    assert await house.states() == [("email", "pending", "UnavailableError", 1)]
    await house.hurry()
    assert await house.drain() == {("email", "sent"): 1}
    attempts = await fetch_all(
        house.connection,
        "select attempt, outcome, error_class, finished_at >= started_at "
        "from governance.notification_attempts order by 1",
    )
    assert attempts == [(1, "failed", "UnavailableError", True), (2, "sent", None, True)]
    assert (await house.statuses())["sample:1"] == "sent"


async def test_a_lost_try_is_repeated_at_once_under_the_same_key(house: House) -> None:
    await house.tell()
    house.mail.refuses = 1
    assert await house.drain() == {("email", "sent"): 1}
    assert len(house.mail.keys) == 1


async def test_dead_after_so_many_attempts_then_found_and_sent_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_ATTEMPTS", 3)
    await house.tell()
    house.hook.status = 404
    await house.tell("chat", sent_via=(Channel.slack,))
    house.mail.refuses = 10**6
    for _ in range(3):
        await house.hurry()
        await house.drain()
    assert [state[1:] for state in await house.states()] == [
        ("dead", "UnavailableError", 3),
        ("dead", "DeliveryError", 3),
    ]
    assert set((await house.statuses()).values()) == {"failed"}
    outcome = await watch(context(house))
    assert {finding.key for finding in outcome.findings} == {
        "notifications:public.notification_logs:email_dead",
        "notifications:public.notification_logs:slack_dead",
    }
    house.mail.refuses, house.hook.status = 0, 200
    assert len(await resend_messages(house.connection)) == 2
    # The alerts that were raised are told as well.
    assert (await house.drain())["slack", "sent"] == 1
    statuses = await house.statuses()
    assert (statuses["sample:1"], statuses["chat"]) == ("sent", "sent")


def context(house: House) -> JobContext:
    class Unfenced(JobContext):
        def transaction(self) -> Any:
            return unfenced(self.connection)

    settings = load_settings(database_url=house.url)
    return Unfenced(settings, house.connection, 1, None, 1)


def unfenced(connection: Connection) -> Any:
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def opened() -> AsyncIterator[Connection]:
        async with connection.transaction():
            yield connection

    return opened()


class Killed(BaseException):
    """What kill -9 leaves behind: nothing more is written."""


async def test_killed_between_send_and_mark_the_same_key_goes_out_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.tell()

    async def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(delivering, "mark_sent", die)
        with pytest.raises(Killed):
            await house.drain(lease=timedelta(milliseconds=50))
    assert len(house.mail.keys) == 1
    assert await house.states() == [("email", "pending", None, 1)]
    await asyncio.sleep(0.1)
    assert await house.drain() == {("email", "sent"): 1}
    assert house.mail.keys == [f"sample:1/email/{ONE}"] * 2
    references = {mail.get_payload().strip().splitlines()[-1] for mail in house.mail.mails}
    assert references == {f"Ref {name_reference(house.mail.keys[0])}"}
    ends = await fetch_all(
        house.connection, "select outcome from governance.notification_attempts order by attempt_id"
    )
    assert ends == [(None,), ("sent",)]


async def test_a_sender_that_was_overtaken_records_nothing(house: House) -> None:
    await house.tell()
    await house.drain(
        channels=replace(house.channels, urls={Channel.email: "mailto://127.0.0.1:1?to={recipient}"})
    )
    await house.hurry()
    (slow,) = await claim_parcels(house.connection, "slow", 9, timedelta(0))
    (fast,) = await claim_parcels(house.connection, "fast", 9)
    await mark_sent(house.connection, slow)
    assert (await house.states())[0][1] == "pending"
    await mark_sent(house.connection, fast)
    assert (await house.states())[0][1] == "sent"


async def test_senders_side_by_side_share_the_work(house: House) -> None:
    for number in range(40):
        await house.tell(f"sample:{number}", sent_via=(Channel.slack,))
    manners = replace(NEVER_QUIET, hourly_limit=1000)
    async with connect(house.url) as one, connect(house.url) as two:
        tallies = await asyncio.gather(
            *(Deliverer(each, house.channels, manners, "tester").drain() for each in (one, two))
        )
    assert sum(tally.count("sent") for tally in tallies) == len(house.hook.posts) == 40
    assert len({post["text"] for post in house.hook.posts}) == 40, "each has its own reference"


async def test_a_digest_is_one_mail_and_bears_a_crash(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        await house.tell(f"low:{number}", (ONE, OTHER), priority=Priority.low)
    assert await house.drain() == {}
    await house.hurry()

    async def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(delivering, "mark_sent", die)
        with pytest.raises(Killed):
            await house.drain(lease=timedelta(milliseconds=50))
    await asyncio.sleep(0.3)
    assert set(await house.drain()) == {("email", "sent")}
    assert {mail["Subject"] for mail in house.mail.mails} == {"[MentalSpace] 5 messages"}
    assert len(set(house.mail.keys)) == 2
    assert len(house.mail.keys) > 2
    assert set((await house.statuses()).values()) == {"sent"}


async def test_over_the_limit_becomes_one_digest_and_urgent_ones_pass(house: House) -> None:
    manners = replace(NEVER_QUIET, hourly_limit=3)
    for number in range(10):
        await house.tell(f"sample:{number}")
    await house.tell("urgent", priority=Priority.urgent)
    assert await house.drain(manners=manners) == {("email", "sent"): 3, ("email", "deferred"): 8}
    assert f"urgent/email/{ONE}" in house.mail.keys
    await house.hurry()
    assert await house.drain(manners=manners) == {("email", "sent"): 1}
    assert house.mail.mails[-1]["Subject"] == "[MentalSpace] 8 messages"


async def test_without_a_channel_nothing_waits_and_watching_says_so(house: House) -> None:
    await house.tell("mail")
    await house.tell("both", sent_via=(Channel.in_app, Channel.email))
    assert await house.drain(channels=Channels({})) == {}
    assert await house.statuses() == {"mail": "failed", "both": "sent"}
    assert await house.states() == [("email", "skipped", "not_configured", 0)] * 2
    outcome = await watch(context(house))
    assert [f.key for f in outcome.findings] == [
        "notifications:public.notification_logs:email_not_configured"
    ]
    assert len(await resend_messages(house.connection)) == 1
    assert await house.drain() == {("email", "sent"): 1}
    assert (await house.statuses())["mail"] == "sent"


async def test_preferences_are_kept(house: House) -> None:
    wish = "insert into public.notification_preferences (user_id, muted_channels) values (%s, '{email}')"
    await house.connection.execute(wish, (ONE,))
    await house.tell(to=(ONE, OTHER))
    assert await house.drain() == {("email", "sent"): 1}
    assert [mail["To"] for mail in house.mail.mails] == ["other@people.example"]


async def test_clients_opt_in_and_staff_need_not(house: House) -> None:
    assert await house.drain() == {}
    await house.connection.execute(
        "insert into public.user_roles (user_id, role) "
        "values (%s, 'client_user'), (%s, 'client_user'), (%s, 'therapist')",
        (ONE, OTHER, OTHER),
    )
    await house.tell("before", to=(ONE, OTHER), sent_via=(Channel.in_app, Channel.email))
    assert await house.drain() == {("email", "sent"): 1}
    assert [mail["To"] for mail in house.mail.mails] == ["other@people.example"]
    assert ("email", "skipped", "not_asked", 0) in await house.states()
    assert await house.statuses() == {"before": "sent"}
    wish = "insert into public.notification_preferences (user_id, wanted_channels) values (%s, '{email}')"
    await house.connection.execute(wish, (ONE,))
    await house.tell("after", to=(ONE,))
    assert await house.drain() == {("email", "sent"): 1}
    # Who holds a position is staff, whatever roles they have.
    await house.connection.execute("delete from public.notification_preferences")
    await house.connection.execute(
        "insert into governance.position_holders (position, user_id) values ('privacy_officer', %s)", (ONE,)
    )
    await house.tell("holder", to=(ONE,))
    assert await house.drain() == {("email", "sent"): 1}


async def test_who_leaves_meanwhile_is_not_told(house: House) -> None:
    await house.tell()
    await house.drain(
        channels=replace(house.channels, urls={Channel.email: "mailto://127.0.0.1:1?to={recipient}"})
    )
    await house.connection.execute("update public.profiles set is_active = false")
    await house.hurry()
    assert await house.drain() == {("email", "skipped"): 1}
    assert house.mail.mails == []


async def test_messages_are_listed_with_their_deliveries(house: House) -> None:
    await house.tell("both", (ONE, OTHER), sent_via=(Channel.in_app, Channel.email, Channel.slack))
    await house.drain()
    (listed,) = await find_messages(house.connection, "sent")
    assert listed.deliveries == {"email sent": 2, "slack sent": 1}
    assert await find_messages(house.connection, "failed") == []


async def test_each_sets_their_own_preferences_and_nobody_elses(connection: Connection) -> None:
    await add_people(connection)
    insert = "insert into public.notification_preferences (user_id) values (%s)"
    async with acting_as(connection, ONE):
        await connection.execute(insert, (ONE,))
        async with refused(connection):
            await connection.execute(insert, (OTHER,))
        async with refused(connection):
            await connection.execute("update public.notification_preferences set user_id = %s", (OTHER,))
        async with refused(connection):
            await connection.execute("delete from public.notification_preferences")
    await connection.execute(insert, (OTHER,))
    async with acting_as(connection, ONE):
        assert await fetch_all(connection, "select * from public.notification_preferences") == []
    async with acting_as(connection, None, "anon"), refused(connection):
        await connection.execute("select from public.notification_preferences")


async def test_a_refusal_is_heard_whatever_the_process_logs(house: House) -> None:
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.CRITICAL)
    try:
        house.hook.status = 404
        await house.tell("chat", sent_via=(Channel.slack,))
        await house.drain()
    finally:
        root.setLevel(before)
    assert [state[2] for state in await house.states()] == ["DeliveryError"]
