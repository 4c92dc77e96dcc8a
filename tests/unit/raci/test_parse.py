"""Every mistake is found with its line and what to write instead; a document without one is read whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.raci.documents import BILLING, parse_text

from mentalspace.documents import parse_document
from mentalspace.errors import DocumentError, InputError, Problem
from mentalspace.raci.matrix import CELLS, AppRole, Duty, Scope
from mentalspace.raci.parse import parse_documents, parse_matrix


def test_a_module_is_read_whole() -> None:
    matrix = parse_text(BILLING)
    task = matrix.modules["billing"].tasks["enter_charge"]
    assert task.duties[AppRole.billing_staff].duties == (Duty.responsible, Duty.accountable)
    assert task.duties[AppRole.therapist].scope is Scope.own
    assert task.enforces[0].starts == {"status": ("Draft",), "written_off_at": (None,)}
    write_off = matrix.modules["billing"].tasks["write_off"].enforces[0]
    assert write_off.covers == ("status", "reason", "written_off_at")
    assert write_off.was == {"status": ("Draft", "Billed")}
    assert matrix.tables["charges"].ownership == ("provider_id", "client_id")


MISTAKES = {
    "unknown role in roles": (
        "  billing_staff: {scope: all}",
        "  billing_stuff: {scope: all}",
        "write billing_staff",
    ),
    "unknown role in a task": (
        "      client_user: I",
        "      clients: I",
        "clients: not a role; write client_user",
    ),
    "a role nobody has ever heard of": (
        "      client_user: I",
        "      wizard: I",
        "write one of administrator",
    ),
    "role without scope in the module": (
        "      client_user: I",
        "      supervisor: I",
        "supervisor has no scope in this module; add it under roles",
    ),
    "unknown duty": (
        "      client_user: I",
        "      client_user: X",
        "'X' is not a duty; write one of R; A; R,A; C; I; R,I; A,I; R,A,I",
    ),
    "duties that exclude each other": (
        "      client_user: I",
        "      client_user: C,I",
        "write one of R; A; R,A; C; I; R,I; A,I; R,A,I",
    ),
    "a duty that is no text": ("      client_user: I", "      client_user: 7", "not a duty; write one of"),
    "unknown scope": (
        "{duty: R, scope: own}",
        "{duty: R, scope: mine}",
        "'own', 'caseload', 'supervisees' or 'all'",
    ),
    "scope wider than the role's": (
        "{duty: R, scope: own}",
        "{duty: R, scope: all}",
        "therapist: all is wider than the role's caseload",
    ),
    "two Accountables": (
        "{duty: R, scope: own}",
        '{duty: "R,A", scope: own}',
        "2 Accountables (billing_staff, therapist); keep A for one, the others R",
    ),
    "no Accountable": (
        "      billing_staff: R,A\n      ther",
        "      billing_staff: R\n      ther",
        "nobody is Accountable",
    ),
    "no Responsible": (
        "      billing_staff: R,A\n    enf",
        "      billing_staff: A\n    enf",
        "nobody is Responsible; give a role R, or say why in performed_by_system",
    ),
    "a system and a person": (
        "    title: Write Off",
        "    title: Write Off\n    performed_by_system: a worker",
        "the system performs it and a role is Responsible",
    ),
    "unknown table": (
        "      - table: charges\n        bec",
        "      - table: charge\n        bec",
        "write charges",
    ),
    "unknown column": ("with: reason", "with: reasons", "reasons: not a column of charges"),
    "unknown column in from": (
        "from: {status: [Draft",
        "from: {state: [Draft",
        "state: not a column of charges",
    ),
    "a column of the table's own trigger": (
        "with: reason",
        "with: updated_at",
        "updated_at: its trigger writes it",
    ),
    "two kinds in one enforcement": (
        "        becomes: {status: Written Off}",
        "        becomes: {status: Written Off}\n        changes: amount",
        "write one of command, becomes, sets, clears, changes",
    ),
    "a refinement of another kind": (
        "with: reason",
        "starts: {reason: null}",
        "starts: does not go with update",
    ),
    "neither enforced nor procedural": (
        "    title: Write Off",
        "    title: Write Off\n    procedural: because",
        "write either enforces",
    ),
    "reaches without procedural": (
        "    title: Write Off",
        "    title: Write Off\n    reaches: {charges: [select]}",
        "reaches goes with procedural",
    ),
    "unknown key": ("    title: Write Off", "    titel: Write Off", "titel: not a key here; write title"),
    "unknown key of an enforcement": ("with: reason", "whit: reason", "whit: not a key here; write with"),
    "missing key": ("summary: Charges.\n", "", "summary: missing; add it"),
    "unknown position": ("owner: billing_manager", "owner: billing_boss", "billing_boss: not a position"),
    "unknown step of an escalation": (
        "path: [therapist, billing_staff, b",
        "path: [therapists, billing_staff, b",
        "therapists: neither a role nor a position of this module; write therapist",
    ),
    "duration in other words": (
        "    title: Write Off",
        "    title: Write Off\n    sla: {title: Fast, within: soon}",
        "'soon' is not a duration; write such as 5 minutes",
    ),
    "promise in two forms": (
        "    title: Write Off",
        "    title: Write Off\n    sla: {title: Fast, within: 5 minutes, before: status}",
        "write `within: 5 minutes`",
    ),
    "nobody's table, unsaid": (
        "    owner: provider_id\n    client: client_id",
        "    live: status is not null",
        "shared: true",
    ),
    "owner that is no column": (
        "    owner: provider_id",
        "    owner: doctor_id",
        "doctor_id: not among the columns",
    ),
    "a task named twice": ("  write_off:", "  enter_charge:", "enter_charge: written twice; keep one"),
    "a module of another name": ("module: billing", "module: invoices", "name the file invoices.yaml"),
    "a key with capitals": ("  write_off:", "  writeOff:", "writeOff: write snake_case"),
}


# Where what is wrong has no line of its own: the nearest thing around it.
NEAREST = {
    "no Accountable": "duties:",
    "no Responsible": "duties:",
    "two kinds in one enforcement": "- table: charges",
    "neither enforced nor procedural": "write_off:",
    "missing key": "module: billing",
    "nobody's table, unsaid": "charges:",
    "owner that is no column": "charges:",
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_has_its_line_and_advice(mistake: str) -> None:
    right, wrong, advice = MISTAKES[mistake]
    assert BILLING.count(right) >= 1, "the test no longer fits the document"
    text = BILLING.replace(right, wrong, 1)
    with pytest.raises(DocumentError) as caught:
        parse_text(text)
    matching = [problem for problem in caught.value.problems if advice in problem.message]
    assert matching, str(caught.value)
    pointed = text.splitlines()[matching[0].line - 1]
    added = [line for line in text.splitlines() if line not in BILLING.splitlines()]
    assert (
        pointed.strip() == NEAREST[mistake]
        if mistake in NEAREST
        else pointed in added or "written twice" in advice
    )
    assert caught.value.exit_code == 2


def test_all_problems_of_all_files_come_at_once() -> None:
    first = BILLING.replace("client_user: I", "client_user: X")
    second = BILLING.replace("module: billing", "module: telehealth").replace("with: reason", "whit: reason")
    documents = [
        parse_document(text, Path(f"docs/raci/{name}.yaml"))
        for name, text in (("billing", first), ("telehealth", second))
    ]
    with pytest.raises(DocumentError) as caught:
        parse_documents(documents, {})
    assert {problem.path.name for problem in caught.value.problems} == {"billing.yaml", "telehealth.yaml"}


def test_a_change_that_would_be_two_tasks_is_refused() -> None:
    text = BILLING.replace(
        "escalation:",
        "  forgive:\n    title: Forgive\n    duties: {billing_staff: 'R,A'}\n    enforces:\n"
        "      - {table: charges, becomes: {status: Written Off}, from: {status: [Billed, Sent]}}\n"
        "escalation:",
    )
    with pytest.raises(DocumentError, match="this change is already billing"):
        parse_text(text)
    apart = text.replace("[Billed, Sent]", "[Sent]")
    assert "forgive" in parse_text(apart).modules["billing"].tasks


def test_a_table_is_declared_once() -> None:
    other = BILLING.replace("module: billing", "module: telehealth")
    documents = [
        parse_document(text, Path(f"docs/raci/{name}.yaml"))
        for name, text in (("billing", BILLING), ("telehealth", other))
    ]
    with pytest.raises(DocumentError, match=r"charges: already declared in docs/raci/billing\.yaml"):
        parse_documents(documents, {})


def test_an_empty_folder_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"write one <module>\.yaml"):
        parse_matrix(tmp_path, {})


def find_problems(text: str) -> tuple[Problem, ...]:
    try:
        parse_text(text)
    except DocumentError as error:
        return error.problems
    return ()


@given(st.data())
def test_whatever_stands_in_a_document_it_is_read_or_refused_with_a_line(data: st.DataObject) -> None:
    """No input makes the parser raise anything but its own error."""
    lines = BILLING.splitlines()
    index = data.draw(st.integers(0, len(lines) - 1))
    lines[index] = data.draw(
        st.one_of(
            st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=30),
            st.sampled_from(
                ["", "  - 1", "{}", "[]", "null", "tasks: {}", "  x: {duty: R}", lines[index] * 2]
            ),
        )
    )
    text = "\n".join(lines) + "\n"
    outside = [problem for problem in find_problems(text) if not 1 <= problem.line <= len(lines) + 1]
    assert outside == []


@given(
    st.lists(st.sampled_from([*CELLS, None]), min_size=3, max_size=3).map(tuple),
    st.booleans(),
)
def test_a_row_is_accepted_exactly_when_it_keeps_the_rules(
    cells: tuple[str | None, ...], by_system: bool
) -> None:
    roles = ("billing_staff", "therapist", "client_user")
    duties = {role: cell for role, cell in zip(roles, cells, strict=True) if cell}
    text = BILLING[: BILLING.index("tasks:")] + (
        "tasks:\n  one:\n    title: One\n    procedural: because\n"
        + ("    performed_by_system: a worker\n" if by_system else "")
        + f"    duties: {duties!r}\n"
    )
    accountable = sum("A" in cell for cell in duties.values())
    responsible = any("R" in cell for cell in duties.values())
    if accountable == 1 and responsible != by_system:
        assert parse_text(text).modules["billing"].tasks["one"].duties.keys() == duties.keys()
    else:
        with pytest.raises(DocumentError):
            parse_text(text)
