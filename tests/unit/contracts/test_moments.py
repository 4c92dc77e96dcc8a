"""Comparisons with the clock are found, and any other use of it is refused."""

from __future__ import annotations

import pytest

from mentalspace.contracts.moments import UnsoundClockError, find_moments

SOUND = {
    "end_time <= now() - interval '72 hours'": [("(end_time)", "(T - INTERVAL '72 HOURS')")],
    "due < current_date - 30 or due is null": [("(due)", "(CAST(T AS DATE) - 30)")],
    "not (a > now())": [("(a)", "(T)")],
    "now() between a and b": [("(a)", "(T)"), ("(b)", "(T)")],
    "a between now() and b": [("(a)", "(T)")],
    "case when a < now() then b else c end > 1": [("(a)", "(T)")],
    "a + interval '1 day' < now() and b = 'x'": [("(a + INTERVAL '1 DAY')", "(T)")],
    "a = 'now()'": [],
}
UNSOUND = (
    "coalesce(a, now()) > b",
    "a - now() > interval '1 day'",
    "a < now() + b",
    "greatest(now(), a) > b",
    "a in (now(), b)",
    "a > all(array[now()])",
    "now() > '2020-01-01'",
)


@pytest.mark.parametrize("text", SOUND)
def test_a_value_is_compared_with_a_boundary(text: str) -> None:
    assert [(m.value, m.boundary_at("T")) for m in find_moments(text)] == SOUND[text]


@pytest.mark.parametrize("text", UNSOUND)
def test_other_uses_of_the_clock_say_nothing_about_rows(text: str) -> None:
    with pytest.raises(UnsoundClockError, match="not compared with what the row says"):
        find_moments(text)
