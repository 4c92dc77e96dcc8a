"""What changed in the enforcements of a task. Never connects."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

from mentalspace.raci.change import Change, Effect, compare_sets, join_effects
from mentalspace.raci.describe import describe_enforcement, describe_refinements
from mentalspace.raci.matrix import Enforcement
from mentalspace.raci.parts import Values

# An enforcement has no name: the likest of both sides belong together, the exact first.
_LIKENESS: tuple[Callable[[Enforcement], Hashable], ...] = (
    lambda each: each.model_dump_json(),
    describe_enforcement,
    lambda each: (each.table, each.affects, each.triggers, tuple(each.becomes.values())),
    lambda each: (each.table, each.affects, each.triggers),
    lambda each: (each.table, each.affects, bool(each.becomes), bool(each.sets), bool(each.clears)),
)


def diff_enforcements(
    module: str, task: str, before: Sequence[Enforcement], after: Sequence[Enforcement]
) -> list[Change]:
    """A change per enforcement that is added, removed or says something else, or one for their order."""
    pairs, gone, new = _pair(before, after)
    found = [
        *(_change(module, task, old, None, Effect.narrowed) for old in gone),
        *(_change(module, task, None, each, Effect.widened) for each in new),
        *(_change(module, task, old, each, _weigh(old, each)) for old, each in pairs if old != each),
    ]
    if not found and list(before) != list(after):
        old, now = ("; ".join(map(describe_enforcement, each)) for each in (before, after))
        found = [Change(module=module, part="enforcement", task=task, name="order:", before=old, after=now)]
    return found


def _change(
    module: str, task: str, before: Enforcement | None, after: Enforcement | None, effect: Effect
) -> Change:
    old, new = _say(before), _say(after)
    if before and after:
        old, new = _differing(before, after)
    return Change(
        module=module, part="enforcement", task=task, name="enforces", before=old, after=new, effect=effect
    )


def _pair(
    before: Sequence[Enforcement], after: Sequence[Enforcement]
) -> tuple[list[tuple[Enforcement, Enforcement]], list[Enforcement], list[Enforcement]]:
    """Those that belong together, those only before, those only after."""
    pairs, gone, new = [], list(before), list(after)
    for likeness in _LIKENESS:
        for old in tuple(gone):
            match = next((each for each in new if likeness(each) == likeness(old)), None)
            if match is not None:
                pairs.append((old, match))
                gone.remove(old)
                new.remove(match)
    return pairs, gone, new


def _weigh(before: Enforcement, after: Enforcement) -> Effect:
    """Covered columns and values give, conditions and refused people take."""
    return join_effects(
        (
            compare_sets(before.triggers, after.triggers),
            *_compare_values(before.becomes, after.becomes),
            compare_sets(before.accompanied_by, after.accompanied_by),
            *_compare_conditions(before.was, after.was),
            *_compare_conditions(before.starts, after.starts),
            compare_sets(after.not_by, before.not_by),
        )
    )


def _compare_values(before: Mapping[str, Values], after: Mapping[str, Values]) -> Iterator[Effect]:
    for column in before.keys() & after.keys():
        yield compare_sets(before[column], after[column])


def _compare_conditions(before: Mapping[str, Values], after: Mapping[str, Values]) -> Iterator[Effect]:
    yield compare_sets(after.keys(), before.keys())
    yield from _compare_values(before, after)


def _say(enforcement: Enforcement | None) -> str | None:
    """All of it in words."""
    if enforcement is None:
        return None
    return "; ".join((describe_enforcement(enforcement), *describe_refinements(enforcement)))


def _differing(before: Enforcement, after: Enforcement) -> tuple[str, str]:
    """Both in words; of the refinements only those that differ, or keys where words are the same."""
    old, new = describe_refinements(before), describe_refinements(after)
    said = (
        "; ".join((describe_enforcement(before), *(each for each in old if each not in new))),
        "; ".join((describe_enforcement(after), *(each for each in new if each not in old))),
    )
    return said if said[0] != said[1] else (before.model_dump_json(), after.model_dump_json())
