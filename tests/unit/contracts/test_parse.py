"""Contracts are read, and every mistake in one is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from mentalspace.contracts.contract import Contracts
from mentalspace.contracts.parse import parse_contract, parse_contracts
from mentalspace.contracts.rule import FailsWhen, NoOverlap
from mentalspace.documents import parse_document
from mentalspace.errors import DocumentError

WHOLE = """\
apiVersion: v3.1.0
kind: DataContract
id: visits
version: 1.0.0
status: active
description:
  purpose: Visits.
team:
  members:
    - {username: scheduling_manager, role: owner}
schema:
  - name: visits
    properties:
      - name: id
        logicalType: string
        physicalType: uuid
        primaryKey: true
        classification: internal
        description: Key.
      - name: guest_id
        logicalType: string
        physicalType: uuid
        classification: phi
        description: Whose visit.
        relationships:
          - to: guests.id
            customProperties:
              - property: onDelete
                value: restrict
      - name: start_time
        logicalType: timestamp
        physicalType: timestamptz
        classification: phi
        description: When.
    customProperties:
      - property: ownership
        value:
          owner: guest_id
          client: guest_id
    quality:
      - name: in_the_past
        type: custom
        engine: mentalspace
        severity: high
        description: A visit starts in the past.
        implementation:
          fails_when: start_time > now()
        customProperties:
          - property: remediation
            value: Correct the start.
"""


def read(text: str) -> Contracts:
    return parse_contracts([parse_document(text, Path("visits.odcs.yaml"))])


def problems_of(text: str) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


def line_of(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if words in line)


def test_a_whole_contract_is_read() -> None:
    contract = read(WHOLE)["public.visits"]
    assert contract.owner == "scheduling_manager"
    assert contract.ownership
    assert (contract.ownership.owner, contract.ownership.client) == (("guest_id",), "guest_id")
    assert contract.table.primary_key == ("id",)
    assert contract.table.columns[1].relationships[0].on_delete == "restrict"
    assert contract.digest
    [(_, column, rule)] = contract.locate_rules()
    assert column is None
    assert rule.remediation == "Correct the start."
    assert isinstance(rule.spec(None), FailsWhen)


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ("role: owner", "role: steward", "team:", "0 owners; write exactly one member"),
        ("physicalType: timestamptz", "physicalType: timestmptz", "timestmptz", "write timestamptz"),
        ("classification: phi", "classification: secret", "classification: secret", "'phi', 'pii'"),
        ("logicalType: timestamp", "logicalType: timestam", "logicalType: timestam", "write one of"),
        (
            "client: guest_id",
            "client: gest_id",
            "value:\n          owner",
            "write guest_id",
        ),
        ("property: ownership", "property: owneship", "- property: owneship", "write ownership"),
        ("property: remediation", "property: remedy", "- property: remedy", "unknown custom property"),
        ("fails_when:", "fails_wen:", "fails_wen", "not permitted"),
        ("severity: high", "severity: awful", "severity: awful", "'low', 'medium', 'high' or 'critical'"),
        ("        primaryKey: true\n", "", "- name: visits", "no primary key"),
        (
            "name: start_time",
            "name: guest_id",
            "name: guest_id\n        logicalType: timestamp",
            "written twice",
        ),
        ("id: visits\n", "", "apiVersion", "write id (ODCS requires it)"),
        ("status: active", "status: active\nfoo: 1", "apiVersion", "ODCS has no foo here"),
        ("apiVersion: v3.1.0", "apiVersion: v9", "apiVersion: v9", "write one of"),
        ("to: guests.id", "to: visits.code", "to: visits.code", "visits has no column code; write"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_its_remedy(old: str, new: str, at: str, said: str) -> None:
    text = WHOLE.replace(old, new, 1)
    expected = text[: text.rindex(at)].count("\n") + 1 if "\n" in at else line_of(text, at)
    [problem] = problems_of(text)
    assert problem.startswith(f"visits.odcs.yaml:{expected}: ")
    assert said in problem


def test_a_rule_written_twice_is_told() -> None:
    rule = WHOLE[WHOLE.index("      - name: in_the_past") :]
    [problem] = problems_of(WHOLE + rule)
    assert "rule in_the_past is written twice" in problem
    assert problem.startswith(f"visits.odcs.yaml:{WHOLE.count(chr(10)) + 1}: ")


def test_a_rule_with_an_unknown_column_is_told() -> None:
    text = WHOLE.replace(
        "fails_when: start_time > now()",
        "no_overlap: {within: [guest], start: start_time, end: end_time}",
    )
    found = problems_of(text)
    assert len(found) == 2
    assert "visits has no column guest; write guest_id" in found[0] + found[1]


def test_two_kinds_in_one_rule_are_told() -> None:
    text = WHOLE.replace("fails_when: start_time > now()", "fails_when: a\n          complete: [id]")
    assert "write exactly one of complete, fails_when" in problems_of(text)[0]


def test_a_rule_that_reads_a_table_without_contract_is_told() -> None:
    text = WHOLE.replace(
        "fails_when: start_time > now()",
        "fails_when: 'true'\n          without: {table: gusts, match: {id: guest_id}}",
    )
    assert "gusts has no contract; write visits" in problems_of(text)[0]


def test_rules_of_other_engines_are_left_alone() -> None:
    text = WHOLE.replace("engine: mentalspace", "engine: soda").replace(
        "implementation:\n          fails_when: start_time > now()", "implementation: 'type: no_overlap'"
    )
    [(_, _, rule)] = read(text)["visits"].locate_rules()
    assert not rule.is_ours


def test_other_tools_properties_are_left_alone() -> None:
    assert read(WHOLE)["visits"].ownership
    assert read(WHOLE.replace("property: ownership", "property: soda.dataset"))["visits"].ownership is None


def test_two_contracts_of_one_table_are_told() -> None:
    one = parse_document(WHOLE, Path("one.odcs.yaml"))
    other = parse_document(WHOLE, Path("other.odcs.yaml"))
    with pytest.raises(DocumentError, match=r"other.odcs.yaml:12: visits has its contract in one.odcs.yaml"):
        parse_contracts([one, other])


def test_every_problem_of_every_file_is_told() -> None:
    one = parse_document(WHOLE.replace("severity: high", "severity: x"), Path("one.odcs.yaml"))
    other = parse_document("just text", Path("other.odcs.yaml"))
    with pytest.raises(DocumentError) as caught:
        parse_contracts([one, other])
    assert {problem.path.name for problem in caught.value.problems} == {"one.odcs.yaml", "other.odcs.yaml"}


def test_metrics_of_the_standard_become_specs() -> None:
    text = WHOLE.replace(
        "        description: When.\n",
        """\
        description: When.
        quality:
          - name: start_is_known
            metric: nullValues
            mustBe: 0
            severity: low
            description: Known.
            customProperties: [{property: remediation, value: Ask.}]
""",
    )
    column, rule = next((c, r) for _, c, r in read(text)["visits"].locate_rules() if c)
    assert rule.limit == 0
    assert rule.spec(column.name).model_dump() == {"columns": ("start_time",), "missing": ()}


def test_a_comparison_that_counts_nothing_is_told() -> None:
    text = WHOLE.replace(
        "type: custom\n        engine: mentalspace",
        "type: library\n        metric: nullValues\n        mustBeGreaterThan: 3",
    )
    text = text.replace("        implementation:\n          fails_when: start_time > now()\n", "")
    assert "write mustBe: 0" in problems_of(text)[0]


def test_specs_are_values() -> None:
    assert NoOverlap(within=("a",), start="s", end="e") == NoOverlap(within=("a",), start="s", end="e")


def test_one_document_alone_does_not_look_at_others() -> None:
    document = parse_document(WHOLE.replace("to: guests.id", "to: visits.nothing"), Path("visits.odcs.yaml"))
    assert parse_contract(document).table.name == "visits"
