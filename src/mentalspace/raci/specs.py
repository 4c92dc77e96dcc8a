"""What a matrix compiles to: who may do what to which table, before it is SQL. Never connects."""

from __future__ import annotations

from dataclasses import dataclass

from mentalspace.raci.matrix import AppRole, Command, Duty, Enforcement, Scope
from mentalspace.raci.tables import Table


@dataclass(frozen=True)
class TaskName:
    """A task of a module, `scheduling.cancel_appointment`."""

    module: str
    task: str

    def __str__(self) -> str:
        return f"{self.module}.{self.task}"


@dataclass(frozen=True)
class PolicySpec:
    """The one permissive policy of a table and command, and the tasks that it serves."""

    table: Table
    command: Command
    tasks: tuple[TaskName, ...]

    @property
    def name(self) -> str:
        return f"{self.table.name}_{self.command}"


@dataclass(frozen=True)
class TransitionSpec:
    """One branch of a table's guard: what makes a change this task, and what comes with it."""

    name: TaskName
    enforcement: Enforcement


@dataclass(frozen=True)
class TableSpec:
    """Everything compiled for one table."""

    table: Table
    policies: tuple[PolicySpec, ...]
    inserts: tuple[TransitionSpec, ...]
    updates: tuple[TransitionSpec, ...]
    deletes: tuple[TransitionSpec, ...]
    documents: tuple[str, ...]

    @property
    def grants(self) -> tuple[Command, ...]:
        """What `authenticated` gets: exactly the commands that have a policy."""
        return tuple(policy.command for policy in self.policies)


@dataclass(frozen=True)
class TaskSpec:
    """A row of `governance.raci_tasks`."""

    task: str
    position: int
    title: str
    performed_by_system: str
    procedural: str
    sla: str
    note: str


@dataclass(frozen=True)
class AssignmentSpec:
    """A row of `governance.raci_assignments`: one cell."""

    task: str
    role: AppRole
    duties: tuple[Duty, ...]
    scope: Scope
    note: str


@dataclass(frozen=True)
class EnforcementSpec:
    """A row of `governance.raci_enforcements`."""

    task: str
    position: int
    table: str
    command: Command
    description: str


@dataclass(frozen=True)
class PromiseSpec:
    """A row of `governance.raci_promises`: an SLA, and what measures it or why nothing does."""

    task: str
    promise: str
    owner: str
    table: str | None
    statement: str | None
    unmeasured: str
    severity: str
    remedy: str
    remind: str | None
    rule: str | None


@dataclass(frozen=True)
class EscalationSpec:
    """A row of `governance.raci_escalations`."""

    position: int
    title: str
    path: tuple[str, ...]
    patience: tuple[str, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True)
class ModuleSpec:
    """Everything compiled for one module's rows."""

    module: str
    title: str
    digest: str
    tasks: tuple[TaskSpec, ...]
    assignments: tuple[AssignmentSpec, ...]
    enforcements: tuple[EnforcementSpec, ...]
    promises: tuple[PromiseSpec, ...]
    escalations: tuple[EscalationSpec, ...]


@dataclass(frozen=True)
class Compiled:
    """A whole matrix, compiled."""

    modules: tuple[ModuleSpec, ...]
    tables: tuple[TableSpec, ...]
