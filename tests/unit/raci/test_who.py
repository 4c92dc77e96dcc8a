"""Who holds a task, and what reaches a table: the matrix of one small module, and of this workspace."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.raci.documents import BILLING, parse_text

from mentalspace.contracts.parse import read_contracts
from mentalspace.errors import InputError
from mentalspace.raci.coverage import assigned_commands
from mentalspace.raci.explain import widest_reading
from mentalspace.raci.matrix import AppRole, Command, Matrix, Scope
from mentalspace.raci.parse import parse_matrix
from mentalspace.raci.printing_who import show_holders, show_reach
from mentalspace.raci.who import find_holders, find_reach

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return parse_matrix(ROOT / "docs" / "raci", read_contracts(ROOT / "docs" / "data-contracts"))


def test_every_holder_stands_with_cell_and_scope() -> None:
    answer = find_holders(parse_text(BILLING), "enterCharge")
    assert (answer.module, answer.task) == ("billing", "enter_charge")
    assert [(h.role, h.cell, h.scope, h.performs, h.informed) for h in answer.holders] == [
        (AppRole.billing_staff, "R,A", Scope.all, True, False),
        (AppRole.therapist, "R", Scope.own, True, False),
        (AppRole.client_user, "I", Scope.own, False, True),
    ]
    assert answer.never_by == ()
    assert find_holders(parse_text(BILLING), "write_off").never_by == ("charges.created_by",)


def test_escalation_tells_roles_from_positions() -> None:
    (ladder,) = find_holders(parse_text(BILLING), "write_off").escalation
    assert [(step.title, step.is_position) for step in ladder.steps] == [
        ("Therapist", False),
        ("Billing Staff", False),
        ("Billing Manager", True),
    ]
    assert find_holders(parse_text(BILLING), "write_off").positions == ("Billing Manager",)


def test_an_escalation_of_another_task_is_not_its_own() -> None:
    answering = BILLING.replace(
        "handoffs:",
        "  - title: Late\n    path: [billing_staff, billing_manager]\n    answers: [write_off]\nhandoffs:",
    )
    clock = """\
    title: Write Off
    sla:
      title: Write-off
      within: 2 days
      clock: {table: charges, from: written_off_at}
      remedy: Write it off.
"""
    matrix = parse_text(answering.replace("    title: Write Off\n", clock))
    ladders = {
        task: [each.title for each in find_holders(matrix, task).escalation]
        for task in ("enter_charge", "write_off")
    }
    assert ladders == {"enter_charge": ["Dispute"], "write_off": ["Dispute", "Late"]}


def test_commands_are_reached_by_those_who_perform_and_reading_by_all() -> None:
    reads, inserts, updates, deletes = find_reach(parse_text(BILLING), "charges", None)
    assert [way.task for way in reads.ways] == ["enter_charge", "write_off"]
    assert reads.roles == {
        AppRole.billing_staff: Scope.all,
        AppRole.therapist: Scope.own,
        AppRole.client_user: Scope.own,
    }
    assert inserts.roles == {AppRole.billing_staff: Scope.all, AppRole.therapist: Scope.own}
    assert [way.means for way in inserts.ways] == ["new rows of charges"]
    assert updates.roles == {AppRole.billing_staff: Scope.all}
    assert (deletes.ways, deletes.roles) == ((), {})


def test_reading_is_as_wide_as_explained(matrix: Matrix) -> None:
    for table in matrix.enforced_tables():
        (reach,) = find_reach(matrix, table, "select")
        wanted = {role: widest_reading(matrix, role, table) for role in AppRole}
        opened = {way.task for way in reach.ways if way.means == "by means of its own"}
        assert opened or reach.roles == {role: scope for role, scope in wanted.items() if scope}


def test_ways_are_those_of_coverage(matrix: Matrix) -> None:
    assigned = set(assigned_commands(matrix))
    for table in {table for table, _ in assigned}:
        found = {each.command for each in find_reach(matrix, table, None) if each.ways}
        assert found == {Command(command) for name, command in assigned if name == table}


def test_a_view_is_reached_by_means_of_its_own(matrix: Matrix) -> None:
    (reach,) = find_reach(matrix, "staff_directory", "select")
    assert [(way.task, way.means) for way in reach.ways] == [("view_staff_directory", "by means of its own")]


@pytest.mark.parametrize(
    ("table", "command", "advice"),
    [("charge", None, "write charges"), ("charges", "updat", "write update"), ("wizards", None, "no task")],
)
def test_unknown_names_say_what_there_is(table: str, command: str | None, advice: str) -> None:
    with pytest.raises(InputError, match=advice):
        find_reach(parse_text(BILLING), table, command)


def test_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    matrix = parse_text(BILLING)
    show_holders(find_holders(matrix, "write_off"))
    for reach in find_reach(matrix, "charges", None):
        show_reach(reach)
    shown = " ".join(capsys.readouterr().out.split())
    for words in (
        "Performs Billing Staff (R,A, all)",
        "Consulted nobody",
        "Never by the person in charges.created_by",
        "Escalation Dispute: Therapist -> Billing Staff -> Billing Manager",
        "billing.enter_charge (new rows of charges): Billing Staff (R,A, all), Therapist (R, own)",
        "delete charges nobody: no task reaches it so",
    ):
        assert words in shown


def test_every_task_has_an_answer(matrix: Matrix) -> None:
    for name, module in matrix.modules.items():
        for key, task in module.tasks.items():
            answer = find_holders(matrix, f"{name}.{key}")
            assert {holder.role for holder in answer.holders} == set(task.duties)
