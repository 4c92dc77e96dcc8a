"""Who is told through which channel, and when: preferences, quiet hours, digests. Pure: asks no clock."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from mentalspace.notifications import Channel, Priority
from mentalspace.notifications.notification import QueuedNotification

NOT_CONFIGURED, MUTED, NO_ADDRESS, NOT_ASKED = "not_configured", "muted", "no_address", "not_asked"
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Wishes:
    """How a person wants to be told; quiet hours that are not theirs are the practice's.

    That a mental-health practice writes to somebody says something about them: a client gets by mail what
    they asked for, and all else waits in the application.
    """

    user_id: UUID
    is_active: bool = True
    is_client: bool = False
    wanted_channels: tuple[str, ...] = ()
    muted_channels: tuple[str, ...] = ()
    quiet_from: time | None = None
    quiet_until: time | None = None
    wants_digest: bool = True
    has_phone: bool = True


@dataclass(frozen=True)
class Manners:
    """The practice's own: quiet hours (none if both are equal), when digests leave, most messages an hour."""

    zone: ZoneInfo
    quiet_from: time
    quiet_until: time
    digest_at: time
    hourly_limit: int


@dataclass(frozen=True)
class Planned:
    """One delivery: through which channel, to whom (nobody in particular: a team's), when; or why not."""

    channel: Channel
    user_id: UUID | None
    message_key: str
    available_at: datetime | None = None
    digest_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Reach:
    """The channels that lead somewhere, and those among them that are one for everybody."""

    configured: Collection[Channel]
    shared: Collection[Channel]


def plan_deliveries(
    message: QueuedNotification, people: Mapping[UUID, Wishes], reach: Reach, manners: Manners, now: datetime
) -> list[Planned]:
    """The deliveries of a message, besides `in_app`, which is the row itself."""
    return [
        planned
        for channel in dict.fromkeys(message.sent_via)
        if channel is not Channel.in_app
        for planned in _plan_channel(channel, message, people, reach, manners, now)
    ]


def _plan_channel(
    channel: Channel,
    message: QueuedNotification,
    people: Mapping[UUID, Wishes],
    reach: Reach,
    manners: Manners,
    now: datetime,
) -> Iterator[Planned]:
    key = f"{message.delivery_key}/{channel}"
    if channel not in reach.configured:
        yield Planned(channel, None, key, reason=NOT_CONFIGURED)
    elif channel in reach.shared:
        yield Planned(channel, None, key)
    else:
        for user_id in dict.fromkeys(message.recipient_user_ids):
            wishes = people.get(user_id)
            if wishes and wishes.is_active:
                yield _plan_person(channel, message, wishes, manners, now)


def _plan_person(
    channel: Channel, message: QueuedNotification, wishes: Wishes, manners: Manners, now: datetime
) -> Planned:
    user_id, key = wishes.user_id, f"{message.delivery_key}/{channel}/{wishes.user_id}"
    if channel.value in wishes.muted_channels:
        return Planned(channel, user_id, key, reason=MUTED)
    if wishes.is_client and channel.value not in wishes.wanted_channels:
        return Planned(channel, user_id, key, reason=NOT_ASKED)
    if channel is Channel.sms and not wishes.has_phone:
        return Planned(channel, user_id, key, reason=NO_ADDRESS)
    if message.priority is Priority.urgent:
        return Planned(channel, user_id, key)
    if message.priority is Priority.low and channel is Channel.email and wishes.wants_digest:
        slot = find_digest(manners, now)
        leaves = end_quiet(slot, wishes, manners)
        return Planned(channel, user_id, name_digest(user_id, channel, slot), leaves, slot)
    return Planned(channel, user_id, key, end_quiet(now, wishes, manners))


def name_digest(user_id: UUID | None, channel: str, slot: datetime) -> str:
    """The key of the digest that leaves then."""
    return f"digest/{slot:%Y-%m-%dT%H:%MZ}/{channel}/{user_id or 'team'}"


def find_digest(manners: Manners, now: datetime) -> datetime:
    """When the next digest leaves, in UTC."""
    return _next_at(manners.digest_at, manners.zone, now)


def end_quiet(moment: datetime, wishes: Wishes, manners: Manners) -> datetime:
    """The moment itself, or the end of the quiet hours that it lies in."""
    begin, end = wishes.quiet_from, wishes.quiet_until
    if begin is None or end is None:
        begin, end = manners.quiet_from, manners.quiet_until
    wall = moment.astimezone(manners.zone).time()
    quiet = begin <= wall < end if begin <= end else wall >= begin or wall < end
    return _next_at(end, manners.zone, moment) if quiet else moment


def _next_at(wall: time, zone: ZoneInfo, after: datetime) -> datetime:
    """The first moment later than `after` at which the wall clock shows `wall`, in UTC."""
    day = after.astimezone(zone).date()
    candidates = (
        datetime.combine(day + number * _DAY, wall, zone).astimezone(ZoneInfo("UTC")) for number in range(3)
    )
    return next(moment for moment in candidates if moment > after)
