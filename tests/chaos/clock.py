"""A wall clock that is wrong, and jumps: APScheduler's, of the process that sets it."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, tzinfo

import apscheduler.schedulers.base

_OFFSETS = itertools.cycle(timedelta(seconds=seconds) for seconds in (3600, -3600, 7, -7, 86_400, -86_400, 0))


class JumpingClock(datetime):
    """`datetime`, but for what it says is now."""

    offset = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.now(tz) + cls.offset


def jump() -> None:
    """To the next of the wrong times."""
    JumpingClock.offset = next(_OFFSETS)


def install() -> None:
    """From now on APScheduler asks this clock."""
    apscheduler.schedulers.base.datetime = JumpingClock
