"""What a role may do and why, from the documents of this workspace."""

from __future__ import annotations

from pathlib import Path

import pytest

from mentalspace.contracts.parse import read_contracts
from mentalspace.errors import InputError
from mentalspace.raci.coverage import GrantedCommand, find_unassigned, judge_granted, measure_documents
from mentalspace.raci.explain import explain_task
from mentalspace.raci.matrix import AppRole, Matrix, Scope
from mentalspace.raci.parse import parse_matrix

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return parse_matrix(ROOT / "docs" / "raci", read_contracts(ROOT / "docs" / "data-contracts"))


@pytest.mark.parametrize("name", ["cancel_appointment", "cancelAppointment", "scheduling.cancel_appointment"])
def test_a_therapist_may_cancel_their_own(matrix: Matrix, name: str) -> None:
    explanation = explain_task(matrix, name, "therapist")
    assert (explanation.cell, explanation.scope, explanation.narrowed_from) == ("R,I", "own", "caseload")
    assert explanation.may_perform
    assert explanation.verdict == (
        "Therapist may do this on rows in scope own, and is refused on every other. "
        "Is told when somebody else did."
    )
    means = explanation.means[0]
    assert means.policy == "appointments_update"
    assert "governance.each_reachable_client('appointments', 'update')" in means.predicate
    assert means.reaches.startswith("rows in scope caseload")
    assert "governance.guard_appointments" in means.guard
    assert "passes rows in scope own, refuses others with 42501" in means.guard
    assert explanation.others["front_desk"] == "R,A, all"
    assert means.event == (
        "scheduling.cancel_appointment, written by governance.record_appointments; "
        "told within their scope: Therapist, Associate Trainee, Supervisor, Administrator, Billing Staff, "
        "Client"
    )


def test_reading_is_no_event(matrix: Matrix) -> None:
    (means,) = explain_task(matrix, "view_schedule", "therapist").means
    assert means.event == "none: reading is no event"


def test_a_client_reads_and_changes_nothing(matrix: Matrix) -> None:
    explanation = explain_task(matrix, "cancel_appointment", "Client")
    assert explanation.role is AppRole.client_user
    assert not explanation.may_perform
    assert "may read rows in scope own" in explanation.verdict
    assert "performs no update task on appointments" in explanation.means[0].reaches


def test_an_empty_cell_is_refused(matrix: Matrix) -> None:
    explanation = explain_task(matrix, "assign_role", "therapist")
    assert explanation.cell == "–"
    assert explanation.scope is None
    assert "no duty" in explanation.verdict


def test_rows_of_nobody_know_no_scope(matrix: Matrix) -> None:
    explanation = explain_task(matrix, "manage_service_codes", "billing_staff")
    assert "scope does not divide them" in explanation.verdict
    assert explanation.scope is Scope.all


def test_a_procedural_task_says_why(matrix: Matrix) -> None:
    explanation = explain_task(matrix, "view_staff_directory", "client_user")
    assert "public.staff_directory" in explanation.procedural
    assert explanation.means == ()


def test_every_cell_can_be_explained(matrix: Matrix) -> None:
    for module in matrix.modules.values():
        for task in module.tasks:
            for role in AppRole:
                assert explain_task(matrix, f"{module.module}.{task}", role).verdict


@pytest.mark.parametrize(
    ("task", "role", "advice"),
    [
        ("cancel_apointment", "therapist", "write cancel_appointment"),
        ("billing.cancel_appointment", "therapist", "no such task"),
        ("cancel_appointment", "therapists", "write therapist"),
        ("cancel_appointment", "wizard", "write one of administrator"),
    ],
)
def test_unknown_names_say_what_there_is(matrix: Matrix, task: str, role: str, advice: str) -> None:
    with pytest.raises(InputError, match=advice):
        explain_task(matrix, task, role)


def test_every_task_is_enforced_or_says_why(matrix: Matrix) -> None:
    assert measure_documents(matrix).tasks_percent == 100


def test_a_command_without_a_task_is_found(matrix: Matrix) -> None:
    known = GrantedCommand("appointments", "select", ("authenticated",))
    unknown = GrantedCommand("appointments", "delete", ("authenticated",))
    coverage = judge_granted(matrix, [known, unknown])
    assert coverage.unassigned == (unknown,)
    assert coverage.commands_percent == 50
    assert [f.key for f in find_unassigned(coverage.unassigned)] == ["raci:public.appointments:delete"]
