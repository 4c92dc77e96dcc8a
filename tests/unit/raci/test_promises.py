"""Promises: what is refused, and what a clock compiles to."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.raci.documents import BILLING

from mentalspace.documents import parse_document
from mentalspace.errors import DocumentError
from mentalspace.raci.coverage import measure_documents
from mentalspace.raci.matrix import Matrix
from mentalspace.raci.parse import parse_documents
from mentalspace.raci.render_clock import render_clock

SLA = """\
    sla:
      title: Entry
      within: 2 days
      remind: 4 hours
      clock:
        table: charges
        while: {status: Draft}
        from: written_off_at
        done: amount
      remedy: Enter it.
"""
ANSWERED = BILLING.replace(
    "    path: [therapist, billing_staff, billing_manager]\n",
    "    path: [therapist, billing_staff, billing_manager]\n    after: 1 day\n    answers: [write_off]\n",
)


def parse(sla: str = SLA, text: str = ANSWERED) -> Matrix:
    head = "    title: Write Off\n"
    return parse_documents(
        [parse_document(text.replace(head, head + sla), Path("docs/raci/billing.yaml"))], {}
    )


def edited(old: str, new: str, sla: str = SLA) -> str:
    assert old in sla
    return sla.replace(old, new)


def test_a_clock_is_one_statement() -> None:
    matrix = parse()
    sla = matrix.modules["billing"].tasks["write_off"].sla
    assert sla
    assert render_clock(sla, matrix.tables).split("\n") == [
        "select line.id::text, ((line.written_off_at at time zone $3 + interval '2 days') at time zone $3),",
        "  array_remove(array[line.provider_id]::uuid[], null), line.client_id",
        "from public.charges as line",
        "where line.status = 'Draft'",
        "  and ((line.written_off_at at time zone $3 + interval '2 days') at time zone $3) < $2",
        "  and line.amount is null",
    ]


REFUSED = {
    "neither measured nor not": (
        "    sla: {title: Entry, within: 2 days}\n",
        "write either clock (how tables show it) or unmeasured (why none does)",
    ),
    "measured and not": (
        edited("      remedy", "      unmeasured: Nobody knows.\n      remedy"),
        "write either clock",
    ),
    "unknown table": (edited("table: charges", "table: charge"), "charge: no contract declares this table"),
    "unknown column": (edited("done: amount", "done: amounts"), "amounts: not a column of charges"),
    "unknown table of the doing": (
        edited("done: amount", "done: {table: payments, match: {id: id}}"),
        "payments: no contract declares this table",
    ),
    "unknown column of the doing": (
        edited("done: amount", "done: {table: charges, match: {ids: id}}"),
        "ids: not a column of charges",
    ),
    "unknown column that the doing matches": (
        edited("done: amount", "done: {table: charges, match: {id: '>= ids'}}"),
        "ids: not a column of charges",
    ),
    "no comparison": (edited("done: amount", "done: {table: charges, match: {id: < id}}"), "clock.done"),
    "no start": (edited("        from: written_off_at\n", ""), "write `from: <column>`"),
    "two starts": (
        edited("from: written_off_at", "from: {day: reason, month: reason}"),
        "write a column, `{day:",
    ),
    "a start and a moment to count back from": (
        edited("within: 2 days", "at_least: 2 days\n      before: reason"),
        "unless the promise counts back",
    ),
    "no remedy": (edited("      remedy: Enter it.\n", ""), "say what to do about rows that are late"),
    "notice without a moment to count back from": (
        edited("        from:", "        came: reason\n        from:"),
        "came and notice go with `before`",
    ),
    "a reminder of what nothing measures": (
        "    sla: {title: Entry, within: 2 days, remind: 1 hour, unmeasured: Nobody knows.}\n",
        "remind, rule and remedy go with a clock",
    ),
    "two forms": (
        edited("within: 2 days", "within: 2 days\n      at_least: 1 day"),
        "write `within: 5 minutes`",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_mistake_is_refused_with_its_line(name: str) -> None:
    sla, words = REFUSED[name]
    with pytest.raises(DocumentError) as refused:
        parse(sla)
    assert any(words in str(problem) for problem in refused.value.problems)
    assert all(str(problem).startswith("docs/raci/billing.yaml:") for problem in refused.value.problems)


LADDERS = {
    "no escalation answers its clock": ("    answers: [write_off]\n", ""),
    "neither a task with a clock nor data_quality": (
        "answers: [write_off]",
        "answers: [write_off, enter_charge]",
    ),
    "an escalation above answers it already": ("answers: [write_off]", "answers: [write_off, write_off]"),
    "write one time for all steps, or 3": ("after: 1 day", "after: [1 day, 2 days]"),
    "is not a duration": ("after: 1 day", "after: soon"),
}


@pytest.mark.parametrize("words", LADDERS)
def test_every_broken_promise_climbs_one_ladder(words: str) -> None:
    old, new = LADDERS[words]
    assert old in ANSWERED
    with pytest.raises(DocumentError, match=words):
        parse(text=ANSWERED.replace(old, new))


def test_coverage_names_what_nothing_measures() -> None:
    coverage = measure_documents(
        parse(
            "    sla: {title: Entry, within: 2 days, unmeasured: Nobody knows.}\n",
            text=ANSWERED.replace("    answers: [write_off]\n", ""),
        )
    )
    assert (coverage.modules[0].promises, coverage.modules[0].measured) == (1, 0)
    (promise,) = coverage.unmeasured
    assert (promise.task, promise.promise, promise.reason) == (
        "billing.write_off", "Entry: within 2 days", "Nobody knows.",
    )  # fmt: skip
    assert measure_documents(parse()).unmeasured == ()


def test_one_time_is_for_every_step() -> None:
    (escalation,) = parse().modules["billing"].escalation
    assert escalation.patience == ("1 day", "1 day", "1 day")
