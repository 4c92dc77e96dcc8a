"""Which tasks a change is, where more than one entry of the matrix recognises it. Never connects.

Every change that a guard lets pass is some task: an entry is left out only for another that is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from mentalspace.raci.specs import TransitionSpec


def columns_along(each: TransitionSpec) -> frozenset[str]:
    """Columns that change along with a task and make none of their own."""
    return frozenset(each.enforcement.covers) - frozenset(each.enforcement.triggers)


def find_carriers(each: TransitionSpec, updates: Sequence[TransitionSpec]) -> list[TransitionSpec]:
    """Other tasks that a change of this entry's columns may be part of.

    None for a change of state, which always is a task; and no carrier is itself part of another.
    """
    if each.enforcement.becomes:
        return []
    return [
        other for other in _near(each, updates) if _carries(other, each) and _stands_alone(other, updates)
    ]


def find_rivals(each: TransitionSpec, updates: Sequence[TransitionSpec]) -> list[TransitionSpec]:
    """Entries of other tasks that the same column makes, though the caller may perform only one of them.

    One that may be part of a third task is no rival of one that may not: it may be left out itself.
    """
    triggers, is_carried = frozenset(each.enforcement.triggers), bool(find_carriers(each, updates))
    return [
        other
        for other in _near(each, updates)
        if not triggers.isdisjoint(other.enforcement.triggers)
        and (is_carried or not find_carriers(other, updates))
    ]


def _near(each: TransitionSpec, updates: Sequence[TransitionSpec]) -> list[TransitionSpec]:
    """Entries of other tasks that the same change may be."""
    return [other for other in updates if other.name != each.name and not _are_apart(each, other)]


def _are_apart(one: TransitionSpec, other: TransitionSpec) -> bool:
    """Whether no change is both: they begin in different states, or end in different ones."""
    pairs = (
        (one.enforcement.was, other.enforcement.was),
        (one.enforcement.becomes, other.enforcement.becomes),
    )
    return any(
        set(mine[column]).isdisjoint(theirs[column])
        for mine, theirs in pairs
        for column in mine.keys() & theirs.keys()
    )


def _carries(carrier: TransitionSpec, each: TransitionSpec) -> bool:
    return not columns_along(carrier).isdisjoint(each.enforcement.triggers)


def _stands_alone(each: TransitionSpec, updates: Sequence[TransitionSpec]) -> bool:
    return bool(each.enforcement.becomes) or not any(_carries(other, each) for other in _near(each, updates))
