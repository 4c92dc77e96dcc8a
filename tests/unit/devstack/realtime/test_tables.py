"""Which transactions a snapshot shows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentalspace.devstack.realtime.tables import parse_snapshot

ROUND = 1 << 32
IDS = st.integers(3, 5 * ROUND)


@pytest.mark.parametrize(
    ("snapshot", "transaction", "shown"),
    [
        ("10:10:", 9, True),
        ("10:10:", 10, False),
        ("8:12:8,10", 9, True),
        ("8:12:8,10", 10, False),
        (f"{ROUND + 3}:{ROUND + 5}:", 4, True),
        (f"{ROUND + 3}:{ROUND + 5}:{ROUND + 4}", 4, False),
        (f"{ROUND + 3}:{ROUND + 5}:", ROUND - 1, True),
        (f"{ROUND - 3}:{ROUND - 1}:", 4, False),
    ],
)
def test_examples(snapshot: str, transaction: int, shown: bool) -> None:
    assert parse_snapshot(snapshot).shows(transaction) is shown


@settings(max_examples=40)
@given(IDS, st.integers(1, 1000), st.sets(IDS, max_size=4))
def test_whatever_the_round(limit: int, distance: int, running: set[int]) -> None:
    snapshot = parse_snapshot(f"1:{limit}:{','.join(map(str, running))}")
    hidden = {each % ROUND for each in running}
    assert snapshot.shows((limit - distance) % ROUND) is ((limit - distance) % ROUND not in hidden)
    assert not snapshot.shows((limit + distance - 1) % ROUND)
