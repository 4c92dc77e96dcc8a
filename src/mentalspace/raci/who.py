"""Who can do a task, and which tasks and roles reach a table with a command. Never connects."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from mentalspace.errors import InputError
from mentalspace.raci.advice import suggest
from mentalspace.raci.describe import describe_enforcement
from mentalspace.raci.explain import find_task
from mentalspace.raci.matrix import (
    ROLE_TITLES,
    AppRole,
    Assignment,
    Command,
    Duty,
    Escalation,
    Matrix,
    Module,
    Scope,
    Task,
)


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Holder(Answer):
    """A role with its cell, and the rows that the cell reaches."""

    role: AppRole
    cell: str
    scope: Scope
    performs: bool
    consulted: bool
    informed: bool


class Step(Answer):
    """One step of an escalation: a position, or a role of the module."""

    name: str
    title: str
    is_position: bool


class Ladder(Answer):
    """An escalation of the task's module: for people, or climbed when this task is late."""

    title: str
    steps: tuple[Step, ...]


class TaskHolders(Answer):
    """The answer of `raci who TASK`."""

    module: str
    task: str
    title: str
    holders: tuple[Holder, ...]
    performed_by_system: str
    never_by: tuple[str, ...]
    escalation: tuple[Ladder, ...]

    @property
    def positions(self) -> tuple[str, ...]:
        """The positions of all escalations, each once, in the order of the document."""
        steps = (step for ladder in self.escalation for step in ladder.steps if step.is_position)
        return tuple(dict.fromkeys(step.title for step in steps))


class Way(Answer):
    """A task by which a table is reached with a command, and the roles that reach it so."""

    module: str
    task: str
    means: str
    holders: tuple[Holder, ...]


class TableReach(Answer):
    """The answer of `raci who --table T` for one command; `roles` has the widest scope of each."""

    table: str
    command: Command
    ways: tuple[Way, ...]
    roles: dict[AppRole, Scope]


def find_holders(matrix: Matrix, task: str) -> TaskHolders:
    """Who holds a duty in a task; `InputError` names what there is when the task is not known."""
    module, key = find_task(matrix, task)
    found = module.tasks[key]
    refused = (f"{each.table}.{column}" for each in found.enforces for column in each.not_by)
    return TaskHolders(
        module=module.module,
        task=key,
        title=found.title,
        holders=tuple(_holders(module, found)),
        performed_by_system=found.performed_by_system,
        never_by=tuple(dict.fromkeys(refused)),
        escalation=tuple(
            _ladder(module, each) for each in module.escalation if not each.answers or key in each.answers
        ),
    )


def find_reach(matrix: Matrix, table: str, command: str | None) -> tuple[TableReach, ...]:
    """The ways to a table, by command; all commands if none is given."""
    known = {*matrix.enforced_tables(), *_opened_tables(matrix)}
    if table not in known:
        raise InputError(f"{table}: no task is about it; {suggest(table, known)}")
    if command is not None and command not in tuple(Command):
        raise InputError(f"{command}: not a command; {suggest(command, Command)}")
    commands = tuple(Command) if command is None else (Command(command),)
    return tuple(_reach(matrix, table, each) for each in commands)


def _reach(matrix: Matrix, table: str, command: Command) -> TableReach:
    ways = tuple(_ways(matrix, table, command))
    widest: dict[AppRole, Scope] = {}
    for holder in (holder for way in ways for holder in way.holders):
        known = widest.get(holder.role, holder.scope)
        widest[holder.role] = max(known, holder.scope, key=lambda scope: scope.width)
    return TableReach(table=table, command=command, ways=ways, roles=widest)


def _ways(matrix: Matrix, table: str, command: Command) -> Iterator[Way]:
    for name, module in sorted(matrix.modules.items()):
        for key, task in module.tasks.items():
            if means := _means(task, table, command):
                holders = tuple(each for each in _holders(module, task) if _reaches(each, command))
                yield Way(module=name, task=key, means=means, holders=holders)


def _reaches(holder: Holder, command: Command) -> bool:
    # Any duty reads the tables of its task; only R and A change them.
    return holder.performs or command is Command.select


def _means(task: Task, table: str, command: Command) -> str:
    """What of the task reaches the table, in words; empty when nothing does."""
    about = [each for each in task.enforces if each.table == table]
    direct = [describe_enforcement(each) for each in about if each.affects is command]
    if direct:
        return "; ".join(direct)
    if about and command is Command.select:
        return f"reading {table}, which the task is about"
    return "by means of its own" if command in task.reaches.get(table, ()) else ""


def _opened_tables(matrix: Matrix) -> Iterator[str]:
    for module in matrix.modules.values():
        for task in module.tasks.values():
            yield from task.reaches


def _holders(module: Module, task: Task) -> Iterator[Holder]:
    """In the order of the module's roles."""
    for role in module.roles:
        if cell := task.duties.get(role):
            yield _holder(role, cell, module.scope(role, cell))


def _holder(role: AppRole, cell: Assignment, scope: Scope) -> Holder:
    return Holder(
        role=role,
        cell=cell.cell,
        scope=scope,
        performs=cell.performs,
        consulted=Duty.consulted in cell.duties,
        informed=Duty.informed in cell.duties,
    )


def _ladder(module: Module, escalation: Escalation) -> Ladder:
    return Ladder(title=escalation.title, steps=tuple(_step(module, name) for name in escalation.path))


def _step(module: Module, name: str) -> Step:
    is_position = name in module.positions
    title = module.positions[name] if is_position else ROLE_TITLES[AppRole(name)]
    return Step(name=name, title=title, is_position=is_position)
