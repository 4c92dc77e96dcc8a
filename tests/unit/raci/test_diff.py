"""Whatever changes a digest is told, in words, with what it gives and takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.raci.documents import BILLING

from mentalspace.documents import parse_document
from mentalspace.errors import DocumentError
from mentalspace.raci.change import Change
from mentalspace.raci.diff import diff_modules
from mentalspace.raci.matrix import Module
from mentalspace.raci.parse import parse_modules
from mentalspace.raci.printing_diff import list_changes, show_changes

ROOT = Path(__file__).parents[3]


def modules(text: str) -> dict[str, Module]:
    return parse_modules([parse_document(text, Path("docs/raci/billing.yaml"))])


def diff(*edits: tuple[str, str]) -> list[Change]:
    """What the edits of the small module change."""
    text = BILLING
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return diff_modules(modules(BILLING), modules(text))


CELL = "      therapist: {duty: R, scope: own}\n"
WRITE_OFF = "        becomes: {status: Written Off}\n"
SAID = {
    "a wider scope": (
        (CELL, "      therapist: R\n"),
        "billing.enter_charge: therapist R (own) -> R (caseload)",
        "widened",
    ),
    "a duty that performs": (
        ("      client_user: I\n", "      client_user: R\n"),
        "billing.enter_charge: client_user I (own) -> R (own)",
        "widened",
    ),
    "a duty that performs no more": (
        (CELL, "      therapist: {duty: C, scope: own}\n"),
        "billing.enter_charge: therapist R (own) -> C (own)",
        "narrowed",
    ),
    "reads more, performs no more": (
        (CELL, "      therapist: C\n"),
        "billing.enter_charge: therapist R (own) -> C (caseload)",
        "widened and narrowed",
    ),
    "asked instead of told": (
        ("      client_user: I\n", "      client_user: C\n"),
        "billing.enter_charge: client_user I (own) -> C (own)",
        "",
    ),
    "a cell less": ((CELL, ""), "billing.enter_charge: therapist removed: R (own)", "narrowed"),
    "a cell more": (
        ("      client_user: I\n", "      client_user: I\n      supervisor: I\n"),
        "billing.enter_charge: supervisor added: I (all)",
        "widened",
    ),
    "the scope of a role": (
        ("  client_user: {scope: own}", "  client_user: {scope: caseload}"),
        "billing.enter_charge: client_user I (own) -> I (caseload)",
        "widened",
    ),
    "a scope that is now written": (
        ("      client_user: I\n", "      client_user: {duty: I, scope: own}\n"),
        "billing.enter_charge: client_user I (own) -> I (own), other note, or where the scope is written",
        "",
    ),
    "more values": (
        ("status: [Draft, Billed]", "status: [Draft, Billed, Paid]"),
        "(from status Draft or Billed) -> charges.status becomes Written Off (from status Draft, Billed or",
        "widened",
    ),
    "a condition less": (
        ("        from: {status: [Draft, Billed]}\n", ""),
        "-> charges.status becomes Written Off",
        "widened",
    ),
    "a column more": (
        ("with: reason", "with: [reason, amount]"),
        "may change along: reason, amount",
        "widened",
    ),
    "nobody refused": (
        ("        not_by: created_by\n", ""),
        "never by the person in: created_by ->",
        "widened",
    ),
    "a start less": (
        ("status: Draft, written", "written"),
        "a new row starts with: written_off_at",
        "widened",
    ),
    "a stamp less": (("        stamps: {written_off_at: now}\n", ""), "written_off_at = now ->", ""),
    "an enforcement more": (
        (WRITE_OFF, WRITE_OFF + "      - table: charges\n        changes: amount\n"),
        "billing.write_off: enforces added: charges.amount changes",
        "widened",
    ),
    "a promise": (
        ("    title: Write Off\n", "    title: Write Off\n    sla: {title: Fast, within: 1 day}\n"),
        "billing.write_off: sla added: Fast: within 1 day",
        "",
    ),
    "a title": (("title: Write Off", "title: Waive"), "billing.write_off: title Write Off -> Waive", ""),
    "steps": (("[Close the month.]", "[Close the year.]"), "billing: handoffs changed", ""),
    "a position": (
        ("billing_manager: Billing Manager", "billing_manager: Head of Billing"),
        "billing: positions billing_manager Billing Manager -> Head of Billing",
        "",
    ),
    "whose the rows are": (("    owner: provider_id\n", ""), "billing: tables charges changed", ""),
}
MORE_EDITS = {
    "a cell more": (
        ("  therapist: {scope: caseload}", "  therapist: {scope: caseload}\n  supervisor: {scope: all}"),
    ),
    "an enforcement more": (
        ("        from: {status: [Draft, Billed]}\n", ""),
        ("        with: reason\n        stamps: {written_off_at: now}\n        not_by: created_by\n", ""),
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_a_change_is_said_with_what_it_gives(name: str) -> None:
    edit, words, effect = SAID[name]
    changes = diff(*MORE_EDITS.get(name, ()), edit)
    found = [change for change in changes if words in change.text]
    assert [change.effect.value for change in found] == [effect], [change.text for change in changes]


def test_the_reverse_takes_what_was_given() -> None:
    opposite = {"widened": "narrowed", "narrowed": "widened"}
    for name, (edit, _, _) in SAID.items():
        edits = (*MORE_EDITS.get(name, ()), edit)
        text = BILLING
        for old, new in edits:
            text = text.replace(old, new)
        there = sorted(change.effect.value for change in diff(*edits))
        back = sorted(change.effect.value for change in diff_modules(modules(text), modules(BILLING)))
        assert back == sorted(opposite.get(effect, effect) for effect in there), name


def test_a_task_that_came_is_told_with_cells_and_enforcements() -> None:
    task = BILLING[BILLING.index("  write_off:\n") : BILLING.index("escalation:\n")]
    added = diff_modules(modules(BILLING.replace(task, "")), modules(BILLING))
    assert [(change.part, change.kind, change.task) for change in added] == [
        ("task", "added", "write_off"),
        ("cell", "added", "write_off"),
        ("enforcement", "added", "write_off"),
    ]
    removed = diff_modules(modules(BILLING), modules(BILLING.replace(task, "")))
    assert {(change.kind, change.effect.value) for change in removed} == {
        ("removed", ""),
        ("removed", "narrowed"),
    }


def test_a_module_that_came_is_told_whole() -> None:
    changes = diff_modules({}, modules(BILLING))
    assert {change.kind for change in changes} == {"added"}
    assert [change.part for change in changes].count("cell") == 4
    assert changes[0].text == "billing: module added: Billing"


def test_enforcements_in_another_order_are_one_change() -> None:
    more = (WRITE_OFF, WRITE_OFF + "      - table: charges\n        changes: amount\n")
    text = BILLING.replace(*more)
    data = yaml.safe_load(text)
    data["tasks"]["write_off"]["enforces"].reverse()
    changes = diff_modules(modules(text), modules(yaml.safe_dump(data, sort_keys=False)))
    assert [change.name for change in changes] == ["order:"]


def test_comments_and_layout_are_no_change() -> None:
    assert (
        diff_modules(modules(BILLING), modules("# reviewed\n" + yaml.safe_dump(yaml.safe_load(BILLING))))
        == []
    )


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "raci").glob("*.yaml")), ids=lambda path: path.stem)
def test_whatever_changes_the_digest_is_told(path: Path) -> None:
    """A leaf changed at a time, all over the document: told exactly when the digest differs."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    before = Module.model_validate(data)
    places = list(_places(data))
    tried = 0
    for holder, key in places[:: max(1, len(places) // 120)]:
        kept = holder[key]
        holder[key] = _other(kept)
        try:
            after = Module.model_validate(data)
        except ValueError:
            continue
        finally:
            holder[key] = kept
        tried += 1
        if before.module == after.module:
            differs = bool(diff_modules({"it": before}, {"it": after}))
            assert differs == (before.digest != after.digest), (key, kept)
    assert tried > 40


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    keys = data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    for key in keys:
        if isinstance(data[key], dict | list):
            yield from _places(data[key])
        else:
            yield data, key


def _other(value: Any) -> Any:
    swapped = {"R": "C", "R,A": "A", "A": "R", "C": "I", "I": "C", "all": "own", "own": "all", "now": "actor"}
    if isinstance(value, str):
        return swapped.get(value, f"{value}x")
    return not value


def test_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    changes = diff((CELL, "      therapist: R\n"), ("title: Write Off", "title: Waive"))
    show_changes(changes, "HEAD")
    assert capsys.readouterr().out.splitlines() == [
        "billing.enter_charge: therapist R (own) -> R (caseload)  widened",
        "billing.write_off: title Write Off -> Waive",
        "2 changes: 1 widened",
    ]
    assert list_changes(changes)[0]["kind"] == "changed"
    show_changes([], "HEAD~1")
    assert capsys.readouterr().out == "nothing differs from HEAD~1\n"


def test_an_old_document_with_a_mistake_is_named() -> None:
    with pytest.raises(DocumentError, match=r"billing\.yaml:\d+: .*not a role"):
        modules(BILLING.replace("      client_user: I", "      wizard: I"))
