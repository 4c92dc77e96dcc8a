"""A matrix to specifications: rows of the matrix, policies, transitions, grants. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mentalspace.raci.describe import describe_enforcement
from mentalspace.raci.matrix import Command, Matrix, Module
from mentalspace.raci.promises import Sla
from mentalspace.raci.render_clock import render_clock
from mentalspace.raci.specs import (
    AssignmentSpec,
    Compiled,
    EnforcementSpec,
    EscalationSpec,
    ModuleSpec,
    PolicySpec,
    PromiseSpec,
    TableSpec,
    TaskName,
    TaskSpec,
    TransitionSpec,
)
from mentalspace.raci.tables import Table


def compile_matrix(matrix: Matrix) -> Compiled:
    """Compile all modules and tables, each in the order of its name."""
    return Compiled(
        tuple(compile_module(matrix.modules[name], matrix.tables) for name in sorted(matrix.modules)),
        tuple(compile_table(matrix, name) for name in matrix.enforced_tables()),
    )


def compile_module(module: Module, known: Mapping[str, Table]) -> ModuleSpec:
    """The rows that make the module's matrix readable at run time."""
    return ModuleSpec(
        module.module,
        module.title,
        module.digest,
        tuple(_compile_tasks(module)),
        tuple(_compile_assignments(module)),
        tuple(_compile_enforcements(module)),
        tuple(_compile_promises(module, known)),
        tuple(_compile_escalations(module)),
    )


def _compile_tasks(module: Module) -> Iterator[TaskSpec]:
    for position, (key, task) in enumerate(module.tasks.items(), start=1):
        promise = f"{task.sla.title}: {task.sla.text}" if task.sla else ""
        yield TaskSpec(
            key, position, task.title, task.performed_by_system, task.procedural, promise, task.note
        )


def _compile_assignments(module: Module) -> Iterator[AssignmentSpec]:
    for key, task in module.tasks.items():
        for role in module.roles:
            if cell := task.duties.get(role):
                yield AssignmentSpec(key, role, cell.duties, module.scope(role, cell), cell.note)


def _compile_enforcements(module: Module) -> Iterator[EnforcementSpec]:
    for key, _, index, each in module.enforcements():
        yield EnforcementSpec(key, index, each.table, each.affects, describe_enforcement(each))


def _compile_escalations(module: Module) -> Iterator[EscalationSpec]:
    for position, each in enumerate(module.escalation, start=1):
        yield EscalationSpec(position, each.title, each.path, each.patience, each.answers)


def _compile_promises(module: Module, known: Mapping[str, Table]) -> Iterator[PromiseSpec]:
    for key, task in module.tasks.items():
        if task.sla:
            yield _compile_promise(module, key, task.sla, known)


def _compile_promise(module: Module, task: str, sla: Sla, known: Mapping[str, Table]) -> PromiseSpec:
    clock = sla.clock
    return PromiseSpec(
        task,
        f"{sla.title}: {sla.text}",
        module.owner,
        clock.table if clock else None,
        render_clock(sla, known) if clock else None,
        " ".join(sla.unmeasured.split()),
        sla.severity,
        " ".join(sla.remedy.split()),
        sla.remind,
        sla.rule,
    )


def compile_table(matrix: Matrix, name: str) -> TableSpec:
    """Policies and guard of one table, from every module that speaks of it."""
    transitions = _transitions(matrix, name)
    by_command = {
        command: tuple(each for each in transitions if each.enforcement.affects is command)
        for command in Command
    }
    # Whoever holds any duty on a table may read it within scope, so a table with a task can be read.
    readers = _names(transitions)
    policies = [PolicySpec(matrix.tables[name], Command.select, readers)]
    policies += [
        PolicySpec(matrix.tables[name], command, _names(by_command[command]))
        for command in (Command.insert, Command.update, Command.delete)
        if by_command[command]
    ]
    return TableSpec(
        matrix.tables[name],
        tuple(policies),
        by_command[Command.insert],
        by_command[Command.update],
        by_command[Command.delete],
        tuple(sorted({each.name.module for each in transitions})),
    )


def _transitions(matrix: Matrix, table: str) -> tuple[TransitionSpec, ...]:
    return tuple(
        TransitionSpec(TaskName(name, key), enforcement)
        for name in sorted(matrix.modules)
        for key, _, _, enforcement in matrix.modules[name].enforcements()
        if enforcement.table == table
    )


def _names(transitions: tuple[TransitionSpec, ...]) -> tuple[TaskName, ...]:
    return tuple(dict.fromkeys(each.name for each in transitions))
