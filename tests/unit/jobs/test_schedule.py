"""Slots on a wall clock that springs forward on 8 March 2026 and falls back on 1 November 2026."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentalspace.jobs.job import Cron
from mentalspace.jobs.schedule import SlotTrigger, find_last_slot, find_next_slot

NEW_YORK = ZoneInfo("America/New_York")
ANY_TIME = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  (bounds)
EXPRESSIONS = st.sampled_from(
    [
        "0 7 * * *",
        "30 2 * * *",
        "30 1 * * *",
        "*/10 * * * *",
        "0 */2 * * *",
        "15 6 1 * *",
        "0 5 * * sun",
        "59 23 31 12 *",
    ]
)


def slots(expression: str, first: str, last: str) -> Iterator[str]:
    """Every slot within (first, last], as UTC text."""
    slot = datetime.fromisoformat(first)
    while (slot := find_next_slot(Cron(expression), NEW_YORK, slot) or slot) <= datetime.fromisoformat(last):
        yield slot.strftime("%d %H:%M")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 7 * * *", ["07 12:00", "08 11:00", "09 11:00"]),
        ("30 2 * * *", ["07 07:30", "08 07:30", "09 06:30"]),  # 02:30 does not exist on the 8th: 03:30
        ("30 3 * * *", ["07 08:30", "08 07:30", "09 07:30"]),
    ],
)
def test_spring_moves_a_missing_time_by_the_gap(expression: str, expected: list[str]) -> None:
    assert list(slots(expression, "2026-03-07T05:00Z", "2026-03-10T03:59Z")) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("30 1 * * *", ["31 05:30", "01 05:30", "02 06:30"]),  # 01:30 exists twice on the 1st: the first
        ("30 2 * * *", ["31 06:30", "01 07:30", "02 07:30"]),
    ],
)
def test_autumn_runs_a_repeated_time_once(expression: str, expected: list[str]) -> None:
    assert list(slots(expression, "2026-10-31T04:00Z", "2026-11-03T04:59Z")) == expected


@pytest.mark.parametrize("day", ["2026-03-08T00:00Z", "2026-11-01T00:00Z", "2026-06-01T00:00Z"])
@pytest.mark.parametrize(("expression", "minutes"), [("0 * * * *", 60), ("*/10 * * * *", 10)])
def test_what_runs_all_day_has_no_hole_and_no_double(day: str, expression: str, minutes: int) -> None:
    first = datetime.fromisoformat(day)
    found = list(slots(expression, day, (first + timedelta(days=1)).isoformat()))
    assert len(found) == len(set(found)) == 24 * 60 // minutes


@given(EXPRESSIONS, ANY_TIME)
def test_last_and_next_are_neighbours_whenever_one_asks(expression: str, now: datetime) -> None:
    cron = Cron(expression)
    last, following = find_last_slot(cron, NEW_YORK, now), find_next_slot(cron, NEW_YORK, now)
    assert last is not None
    assert following is not None
    assert last <= now < following
    assert find_next_slot(cron, NEW_YORK, last) == following
    assert find_last_slot(cron, NEW_YORK, following) == following


def test_a_day_that_never_comes_has_no_slot() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert find_next_slot(Cron("0 0 30 2 *"), NEW_YORK, now) is None
    assert find_last_slot(Cron("0 0 30 2 *"), NEW_YORK, now) is None


def test_the_trigger_wakes_at_slots() -> None:
    trigger = SlotTrigger(Cron("30 1 * * *"), NEW_YORK)
    first = trigger.get_next_fire_time(None, datetime(2026, 11, 1, 5, 0, tzinfo=UTC))
    assert first == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert trigger.get_next_fire_time(first, first) == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)
