"""Who is told through what and when: muted channels, quiet hours over midnight, digests, daylight saving."""

from __future__ import annotations

from datetime import UTC, datetime, time
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentalspace.delivery.planning import Manners, Planned, Reach, Wishes, end_quiet, plan_deliveries
from mentalspace.notifications import Channel, Priority
from mentalspace.notifications.notification import QueuedNotification

NEW_YORK = ZoneInfo("America/New_York")
MANNERS = Manners(NEW_YORK, time(21), time(7), time(7, 30), 20)
ONE, OTHER = uuid4(), uuid4()
EVERY = frozenset({Channel.email, Channel.slack, Channel.sms})
REACH = Reach(EVERY, frozenset({Channel.slack}))
NIGHT = datetime(2026, 7, 2, 3, 0, tzinfo=UTC)  # 23:00 in New York
NOON = datetime(2026, 7, 2, 16, 0, tzinfo=UTC)
MORNING = datetime(2026, 7, 2, 11, 0, tzinfo=UTC)


def message(
    *via: Channel, priority: Priority = Priority.normal, to: tuple[UUID, ...] = (ONE,)
) -> QueuedNotification:
    return QueuedNotification(
        id=uuid4(),
        created_at=NOON,
        notification_type="sample",
        recipient_user_ids=to,
        subject="appointments",
        message="2 rows",
        delivery_key="sample:1",
        priority=priority,
        sent_via=via or (Channel.email,),
    )


def plan(
    given: QueuedNotification, *wishes: Wishes, reach: Reach = REACH, now: datetime = NOON
) -> list[Planned]:
    people = {each.user_id: each for each in wishes or (Wishes(ONE), Wishes(OTHER))}
    return plan_deliveries(given, people, reach, MANNERS, now)


def test_one_per_person_but_one_for_a_team_and_none_for_in_app() -> None:
    planned = plan(message(Channel.in_app, Channel.email, Channel.slack, to=(ONE, OTHER, ONE)))
    assert [(each.channel, each.user_id) for each in planned] == [
        (Channel.email, ONE),
        (Channel.email, OTHER),
        (Channel.slack, None),
    ]
    assert len({each.message_key for each in planned}) == 3


def test_the_same_occasion_has_the_same_keys() -> None:
    assert [p.message_key for p in plan(message())] == [p.message_key for p in plan(message(), now=NIGHT)]


def test_who_left_or_is_unknown_is_not_told() -> None:
    assert plan(message(to=(ONE, uuid4())), Wishes(ONE, is_active=False)) == []


@pytest.mark.parametrize(
    ("channel", "wishes", "reach", "reason"),
    [
        (Channel.email, Wishes(ONE), Reach(frozenset(), frozenset()), "not_configured"),
        (Channel.email, Wishes(ONE, muted_channels=("email",)), REACH, "muted"),
        (Channel.sms, Wishes(ONE, has_phone=False), REACH, "no_address"),
        (Channel.email, Wishes(ONE, is_client=True), REACH, "not_asked"),
        (Channel.sms, Wishes(ONE, is_client=True, wanted_channels=("email",)), REACH, "not_asked"),
        (
            Channel.email,
            Wishes(ONE, is_client=True, wanted_channels=("email",), muted_channels=("email",)),
            REACH,
            "muted",
        ),
    ],
)
def test_what_cannot_leave_says_why(channel: Channel, wishes: Wishes, reach: Reach, reason: str) -> None:
    (planned,) = plan(message(channel), wishes, reach=reach)
    assert planned.reason == reason


def test_a_client_gets_what_they_asked_for() -> None:
    asked = Wishes(ONE, is_client=True, wanted_channels=("email",))
    assert [p.available_at for p in plan(message(), asked)] == [NOON]
    (urgent,) = plan(message(priority=Priority.urgent), Wishes(ONE, is_client=True))
    assert urgent.reason == "not_asked"


def test_at_night_it_waits_for_the_morning_unless_it_is_urgent() -> None:
    assert [p.available_at for p in plan(message(), now=NIGHT)] == [MORNING]
    assert [p.available_at for p in plan(message(priority=Priority.urgent), now=NIGHT)] == [None]
    assert [p.available_at for p in plan(message())] == [NOON]


def test_own_quiet_hours_replace_those_of_the_practice() -> None:
    none = Wishes(ONE, quiet_from=time(0), quiet_until=time(0))
    lunch = Wishes(ONE, quiet_from=time(12), quiet_until=time(13))
    assert [p.available_at for p in plan(message(), none, now=NIGHT)] == [NIGHT]
    assert [p.available_at for p in plan(message(), lunch)] == [datetime(2026, 7, 2, 17, 0, tzinfo=UTC)]


def test_low_priority_by_mail_waits_for_the_digest_that_all_of_a_day_share() -> None:
    low = message(priority=Priority.low)
    (noon,), (night,) = plan(low), plan(low, now=NIGHT.replace(day=3))
    assert noon.digest_at == noon.available_at == datetime(2026, 7, 3, 11, 30, tzinfo=UTC)
    assert noon.message_key == night.message_key
    (at_once,) = plan(low, Wishes(ONE, wants_digest=False))
    assert (at_once.digest_at, at_once.available_at) == (None, NOON)
    (by_sms,) = plan(message(Channel.sms, priority=Priority.low))
    assert by_sms.digest_at is None


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (datetime(2026, 3, 8, 4, 30, tzinfo=UTC), datetime(2026, 3, 8, 11, 0, tzinfo=UTC)),
        (datetime(2026, 11, 1, 3, 30, tzinfo=UTC), datetime(2026, 11, 1, 12, 0, tzinfo=UTC)),
    ],
)
def test_quiet_hours_are_of_the_wall_clock(now: datetime, until: datetime) -> None:
    assert end_quiet(now, Wishes(ONE), MANNERS) == until


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001  (bounds)
    st.times(),
    st.times(),
)
def test_it_never_leaves_in_quiet_hours_nor_before(now: datetime, begin: time, end: time) -> None:
    wishes = Wishes(ONE, quiet_from=begin, quiet_until=end)
    leaves = end_quiet(now, wishes, MANNERS)
    assert leaves >= now
    if leaves > now:
        # A wall time that daylight saving skips is shown as the one an hour later.
        assert leaves.astimezone(NEW_YORK).time() in {end, end.replace(hour=(end.hour + 1) % 24)}
    assert begin != end or leaves == now
