"""The canary by itself: what counts as an echo, when silence is an alarm, and that it does not nag."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentalspace.realtime import Hint, Kind
from mentalspace.realtime import canary as canaries
from mentalspace.realtime.canary import TABLE, Canary
from mentalspace.realtime.feed import Feed

SILENCE = timedelta(seconds=25)


class Clock:
    """The time, as the test says it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    told = Clock()
    monkeypatch.setattr(canaries, "monotonic", told)
    return told


class Deaf(Feed):
    """A feed that remembers why it was restarted."""

    def __init__(self) -> None:
        super().__init__("", "", (), lambda _: None)
        self.reasons: list[str] = []

    def restart(self, reason: str) -> None:
        self.reasons.append(reason)


def echo(beat: object) -> Hint:
    return Hint("public", TABLE, Kind.update, None, {"beat": beat})


def test_it_hears_itself_and_nobody_else() -> None:
    canary = Canary("")
    assert not canary.hear(Hint("public", "clients", Kind.insert, None))
    assert canary.hear(echo(1))
    assert canary.hear(echo(None))
    assert canary.subscription.filter == f"listener=eq.{canary.listener}"
    assert canary.subscription.columns == ("beat",)


def test_silence_restarts_the_feed_once_per_silence(clock: Clock) -> None:
    canary, feed = Canary("", silence=SILENCE, _heard=clock(), _judged=clock()), Deaf()
    canary._judge(feed)
    assert (canary.silent, feed.reasons) == (False, [])
    clock.now += 26
    for _ in range(3):
        canary._judge(feed)
    assert (canary.silent, canary.alarms, feed.reasons) == (True, 1, ["silent"])
    clock.now += 26
    canary._judge(feed)
    assert canary.alarms == 2
    canary.hear(echo(1))
    assert not canary.silent


def test_the_way_of_a_beat_is_measured() -> None:
    canary = Canary("")
    canary._sent = {1: 0.0, 2: 0.0, 3: 0.0}
    canary.hear(echo(2))
    assert canary.latency
    assert canary._sent == {3: 0.0}
