"""What promises and escalations must keep: clocks name what exists, and each broken promise has one ladder.

Never connects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mentalspace.documents import Document
from mentalspace.errors import Problem
from mentalspace.raci.advice import suggest
from mentalspace.raci.matrix import DATA_QUALITY, Module
from mentalspace.raci.promises import Clock, Doing, Sla
from mentalspace.raci.tables import Table

# What is wrong, and where below the sla.
Complaint = tuple[str, *tuple[str | int, ...]]


def find_promise_problems(
    document: Document, module: Module, tables: Mapping[str, Table]
) -> Iterator[Problem]:
    """Everything wrong with the promises of one module, and with what answers them."""
    for key, task in module.tasks.items():
        if task.sla:
            for message, *where in _promise(task.sla, tables):
                yield document.problem(f"{key}: {message}", "tasks", key, "sla", *where)
            if task.sla.remind and not task.responsible:
                yield document.problem(
                    f"{key}: nobody is Responsible, so nobody can be reminded; remove remind",
                    *("tasks", key, "sla", "remind"),
                )
    yield from _answers(document, module)


def _promise(sla: Sla, tables: Mapping[str, Table]) -> Iterator[Complaint]:
    clock = sla.clock
    # No silent gap; and no rule of the model, so that a revision from before clocks can be compared.
    if bool(clock) == bool(sla.unmeasured):
        yield ("write either clock (how tables show it) or unmeasured (why none does)",)
    if clock is None:
        return
    table = tables.get(clock.table)
    if table is None:
        yield _unknown_table(clock.table, tables), "clock", "table"
        return
    for column in filter(None, (*clock.columns, sla.before)):
        if column not in table.columns:
            yield _unknown_column(column, table), "clock"
    if clock.of_client and not table.client:
        yield f"of_client: {table.name} names no client; remove it", "clock", "of_client"
    yield from _doing(clock, tables)


def _doing(clock: Clock, tables: Mapping[str, Table]) -> Iterator[Complaint]:
    if not isinstance(clock.done, Doing):
        return
    table = tables.get(clock.done.table)
    if table is None:
        yield _unknown_table(clock.done.table, tables), "clock", "done", "table"
        return
    for column in (*clock.done.match, *clock.done.states, *clock.done.filled):
        if column not in table.columns:
            yield _unknown_column(column, table), "clock", "done"


def _unknown_table(name: str, tables: Mapping[str, Table]) -> str:
    return f"{name}: no contract declares this table and whose its rows are; {suggest(name, tables)}"


def _unknown_column(name: str, table: Table) -> str:
    return f"{name}: not a column of {table.name} ({table.declared_in}); {suggest(name, table.columns)}"


def _answers(document: Document, module: Module) -> Iterator[Problem]:
    """Each broken promise climbs one ladder."""
    clocks = [key for key, task in module.tasks.items() if task.sla and task.sla.clock]
    answered: set[str] = set()
    for index, escalation in enumerate(module.escalation):
        for occasion in escalation.answers:
            if message := _misplaced(occasion, [*clocks, DATA_QUALITY], answered):
                yield document.problem(f"{occasion}: {message}", "escalation", index, "answers")
            answered.add(occasion)
    for key in clocks:
        if key not in answered:
            message = f"{key}: no escalation answers its clock; add it to the answers of one"
            yield document.problem(message, "tasks", key, "sla")


def _misplaced(occasion: str, known: list[str], answered: set[str]) -> str:
    if occasion not in known:
        return f"neither a task with a clock nor {DATA_QUALITY}; {suggest(occasion, known)}"
    return "an escalation above answers it already; keep one" if occasion in answered else ""
