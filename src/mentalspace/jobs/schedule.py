"""Which slots a cron expression has on the practice's wall clock. Pure: asks no clock.

APScheduler matches the fields; what daylight saving does to a slot is decided here, and does not depend
on when one asks:

- the wall time does not exist (spring): the slot moves by the gap, 02:30 runs at 03:30;
- it exists twice (autumn): it runs the first time; with a `*` in the hour field both times, so that
  what runs every hour or every ten minutes has no hole of an hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from mentalspace.jobs.job import Cron

# The widest shift of a wall clock: a slot's wall time and its instant differ by at most this.
_SHIFT = timedelta(hours=1)
_WINDOWS = (
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=32),
    timedelta(days=366),
    timedelta(days=2923),
)
_INSTANT = timedelta(microseconds=1)


def find_next_slot(cron: Cron, zone: ZoneInfo, after: datetime) -> datetime | None:
    """The first slot later than `after`, in UTC; none if eight years have none."""
    for window in _WINDOWS:
        if slots := _list_slots(cron, zone, after + _INSTANT, after + window):
            return slots[0]
    return None


def find_last_slot(cron: Cron, zone: ZoneInfo, until: datetime) -> datetime | None:
    """The latest slot at or before `until`, in UTC; none if eight years had none."""
    for window in _WINDOWS:
        if slots := _list_slots(cron, zone, until - window, until):
            return slots[-1]
    return None


class SlotTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 has no types
    """Wakes APScheduler at every slot."""

    def __init__(self, cron: Cron, zone: ZoneInfo) -> None:
        self.cron, self.zone = cron, zone

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        return find_next_slot(self.cron, self.zone, max(previous, now) if previous else now)


def _list_slots(cron: Cron, zone: ZoneInfo, first: datetime, last: datetime) -> list[datetime]:
    found = {
        instant
        for wall in _iterate_walls(cron, first.astimezone(zone) - _SHIFT, last.astimezone(zone) + _SHIFT)
        for instant in _to_instants(wall, zone, twice="*" in cron.expression.split()[1])
        if first <= instant <= last
    }
    return sorted(found)


def _iterate_walls(cron: Cron, first: datetime, last: datetime) -> Iterator[datetime]:
    # As if the wall clock were UTC: matching then knows neither gaps nor repeated hours.
    wall, end = first.replace(tzinfo=UTC), last.replace(tzinfo=UTC)
    if not _matches_ever(cron.expression):
        return
    while (match := _matcher(cron.expression).get_next_fire_time(None, wall)) and match <= end:
        yield match.replace(tzinfo=None)
        wall = match + _INSTANT


def _to_instants(wall: datetime, zone: ZoneInfo, *, twice: bool) -> Iterator[datetime]:
    local = wall.replace(tzinfo=zone)
    yield local.astimezone(UTC)
    if twice and _exists(local):
        yield local.replace(fold=1).astimezone(UTC)


def _exists(local: datetime) -> bool:
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)


@cache
def _matcher(expression: str) -> CronTrigger:
    return CronTrigger.from_crontab(expression, timezone=UTC)


@cache
def _matches_ever(expression: str) -> bool:
    # APScheduler looks through all years to come before it gives up: once is enough.
    return _matcher(expression).get_next_fire_time(None, datetime(2000, 1, 1, tzinfo=UTC)) is not None
