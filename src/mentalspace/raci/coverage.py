"""Coverage both ways: every task is enforced or procedural, every reachable command belongs to a task.

Never connects; `privileges.py` asks a database what it grants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from mentalspace.findings import Finding, Level
from mentalspace.raci.compile import compile_matrix
from mentalspace.raci.matrix import Matrix, Module


class ModuleCoverage(BaseModel):
    """How many tasks of a module the database enforces, and how many say why it does not."""

    model_config = ConfigDict(frozen=True)

    module: str
    title: str
    tasks: int
    enforced: int
    procedural: int
    promises: int
    measured: int

    @property
    def percent(self) -> float:
        return 100 * (self.enforced + self.procedural) / self.tasks


class UnmeasuredPromise(BaseModel):
    """An SLA that no table shows the keeping of, and why."""

    model_config = ConfigDict(frozen=True)

    task: str
    promise: str
    reason: str


@dataclass(frozen=True, order=True)
class GrantedCommand:
    """A command that callers without privileges of their own may send to a table or view of `public`."""

    table: str
    command: str
    roles: tuple[str, ...]


class Coverage(BaseModel):
    """Both directions; `reachable` and `unassigned` are None when no database was asked."""

    model_config = ConfigDict(frozen=True)

    modules: tuple[ModuleCoverage, ...]
    unmeasured: tuple[UnmeasuredPromise, ...] = ()
    reachable: int | None = None
    unassigned: tuple[GrantedCommand, ...] | None = None

    @property
    def tasks_percent(self) -> float:
        tasks = sum(module.tasks for module in self.modules)
        return 100 * sum(module.enforced + module.procedural for module in self.modules) / tasks

    @property
    def commands_percent(self) -> float | None:
        if self.reachable is None or self.unassigned is None:
            return None
        return 100 * (1 - len(self.unassigned) / self.reachable) if self.reachable else 100.0


def measure_documents(matrix: Matrix) -> Coverage:
    """The direction from tasks to the database."""
    modules = [module for _, module in sorted(matrix.modules.items())]
    return Coverage(
        modules=tuple(map(_measure, modules)),
        unmeasured=tuple(each for module in modules for each in _unmeasured(module)),
    )


def judge_granted(matrix: Matrix, granted: Sequence[GrantedCommand]) -> Coverage:
    """Both directions, given what a database grants."""
    assigned = set(assigned_commands(matrix))
    unassigned = tuple(each for each in granted if (each.table, each.command) not in assigned)
    return measure_documents(matrix).model_copy(update={"reachable": len(granted), "unassigned": unassigned})


def assigned_commands(matrix: Matrix) -> Iterator[tuple[str, str]]:
    """Table and command of everything that a task is or opens."""
    for spec in compile_matrix(matrix).tables:
        yield from ((spec.table.name, command) for command in spec.grants)
    for module in matrix.modules.values():
        for task in module.tasks.values():
            yield from ((table, command) for table, commands in task.reaches.items() for command in commands)


def find_unassigned(unassigned: Iterable[GrantedCommand]) -> list[Finding]:
    """A finding per command that callers reach and no task explains."""
    return [
        Finding(
            check="raci",
            title="a command that no task covers",
            level=Level.warning,
            subject=f"public.{each.table}",
            detail=f"{each.command} is granted to {', '.join(each.roles)}; no task enforces or reaches it",
            remediation="give it a task in docs/raci, or revoke the grant",
            key=f"raci:public.{each.table}:{each.command}",
            owner="security_administrator",
        )
        for each in unassigned
    ]


def _measure(module: Module) -> ModuleCoverage:
    tasks = module.tasks.values()
    return ModuleCoverage(
        module=module.module,
        title=module.title,
        tasks=len(tasks),
        enforced=sum(bool(task.enforces) for task in tasks),
        procedural=sum(bool(task.procedural) for task in tasks),
        promises=sum(bool(task.sla) for task in tasks),
        measured=sum(bool(task.sla and task.sla.clock) for task in tasks),
    )


def _unmeasured(module: Module) -> Iterator[UnmeasuredPromise]:
    for key, task in module.tasks.items():
        if task.sla and not task.sla.clock:
            promise = f"{task.sla.title}: {task.sla.text}"
            reason = " ".join(task.sla.unmeasured.split())
            yield UnmeasuredPromise(task=f"{module.module}.{key}", promise=promise, reason=reason)
