"""Which tasks a change is, where several entries recognise it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product
from pathlib import Path

import pytest

from mentalspace.contracts.parse import read_contracts
from mentalspace.raci.compile import compile_matrix
from mentalspace.raci.matrix import Enforcement
from mentalspace.raci.parse import parse_matrix
from mentalspace.raci.performance import find_carriers, find_rivals
from mentalspace.raci.specs import TableSpec, TaskName, TransitionSpec

ROOT = Path(__file__).parents[3]


def entry(task: str, **given: object) -> TransitionSpec:
    return TransitionSpec(TaskName("m", task), Enforcement.model_validate({"table": "things", **given}))


CANCEL = entry("cancel", becomes={"status": "Cancelled"}, **{"with": ["notes"], "from": {"status": "Open"}})
EDIT = entry("edit", changes=["notes", "place"])
MOVE = entry("move", changes=["start"], **{"with": ["place"]})
CLOSED = entry("reopen", becomes={"status": "Open"}, **{"with": ["notes"], "from": {"status": "Cancelled"}})
LATE = entry("document", changes=["notes"], **{"from": {"status": "Cancelled"}})
ALL = (CANCEL, EDIT, MOVE, CLOSED, LATE)


def tasks(found: Sequence[TransitionSpec]) -> list[str]:
    return [each.name.task for each in found]


def test_what_changes_along_is_part_of_a_task() -> None:
    assert tasks(find_carriers(EDIT, ALL)) == ["cancel", "move", "reopen"]


def test_a_new_state_is_always_a_task() -> None:
    signing = entry("sign", sets=["signed_at"], **{"with": ["status"]})
    assert find_carriers(CANCEL, (*ALL, signing)) == []


def test_what_begins_elsewhere_is_another_change() -> None:
    assert tasks(find_carriers(LATE, ALL)) == ["reopen"]


def test_of_two_that_carry_each_other_neither_is_left_out() -> None:
    one, other = (
        entry("one", changes="first", **{"with": "second"}),
        entry("other", changes="second", **{"with": "first"}),
    )
    assert [find_carriers(each, (one, other)) for each in (one, other)] == [[], []]


def test_rivals_share_a_column_and_not_the_task() -> None:
    own, any_ones = entry("edit_own", changes=["name"]), entry("edit_any", changes=["name", "title"])
    again = entry("edit_own", changes=["name"], not_by="id")
    assert tasks(find_rivals(own, (own, any_ones, again))) == ["edit_any"]
    assert find_rivals(CANCEL, ALL) == [], "the other state is another change"


def test_what_may_be_left_out_is_no_rival_of_what_may_not() -> None:
    alone = entry("alone", changes=["place", "colour"])
    updates = (MOVE, EDIT, alone)
    assert find_carriers(alone, updates)
    state = entry("state", becomes={"place": "here"})
    assert tasks(find_rivals(state, (*updates, state))) == []


@pytest.fixture(scope="module")
def tables() -> tuple[TableSpec, ...]:
    matrix = parse_matrix(ROOT / "docs" / "raci", read_contracts(ROOT / "docs" / "data-contracts"))
    return compile_matrix(matrix).tables


def test_no_change_is_left_without_a_task(tables: tuple[TableSpec, ...]) -> None:
    """Whatever entries recognise one change together, somebody performing some of them: one is recorded."""
    assert any(len(spec.updates) > 2 for spec in tables)
    for spec in tables:
        for several in (pair for size in (1, 2, 3) for pair in combinations(spec.updates, size)):
            for permitted in product((True, False), repeat=len(several)):
                may = dict(zip(map(id, several), permitted, strict=True))
                kept = [
                    each
                    for each in several
                    if not any(carrier in several for carrier in find_carriers(each, spec.updates))
                    and (
                        may[id(each)]
                        or not any(may.get(id(rival)) for rival in find_rivals(each, spec.updates))
                    )
                ]
                assert kept, (spec.table.name, [str(each.name) for each in several])
