"""The RACI matrix of a practice: who does each task, answers for it, is asked, is told, and what enforces it.

Never connects. `parse.py` turns the documents in `docs/raci` into a `Matrix` and refuses what contradicts
itself; everything else (SQL, Markdown, explanations) is made from this model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from mentalspace.raci.parts import Columns, Duration, Key, Part, Text, Values
from mentalspace.raci.promises import Sla
from mentalspace.raci.tables import Table, TableDeclaration


class AppRole(StrEnum):
    """The roles of `public.app_role`; the plans' "Client" is `client_user`."""

    front_desk = "front_desk"
    therapist = "therapist"
    associate_trainee = "associate_trainee"
    supervisor = "supervisor"
    administrator = "administrator"
    billing_staff = "billing_staff"
    client_user = "client_user"


ROLE_TITLES = {
    AppRole.front_desk: "Front Desk",
    AppRole.therapist: "Therapist",
    AppRole.associate_trainee: "Associate Trainee",
    AppRole.supervisor: "Supervisor",
    AppRole.administrator: "Administrator",
    AppRole.billing_staff: "Billing Staff",
    AppRole.client_user: "Client",
}


class Scope(StrEnum):
    """Which rows a role reaches; each holds the one before it."""

    own = "own"
    caseload = "caseload"
    supervisees = "supervisees"
    all = "all"

    @property
    def width(self) -> int:
        return list(Scope).index(self)


class Duty(StrEnum):
    """R and A may perform within scope; C and I read within scope and are notified.

    I beside R or A: whoever may do the task is told when somebody else did it.
    """

    responsible = "R"
    accountable = "A"
    consulted = "C"
    informed = "I"


PERFORMING = frozenset({Duty.responsible, Duty.accountable})
NOTIFIED = frozenset({Duty.consulted, Duty.informed})
CELLS = ("R", "A", "R,A", "C", "I", "R,I", "A,I", "R,A,I")


class Role(Part):
    """A role in one module and the widest scope that it has there."""

    scope: Scope
    note: str = ""


def _parse_cell(value: Any) -> Any:
    """`R,A` as it stands in a matrix, to duties in the order R A C I."""
    if not isinstance(value, str):
        raise ValueError(f"not a duty; write one of {'; '.join(CELLS)}")  # noqa: TRY004  (pydantic's)
    cell = ",".join(sorted({part.strip().upper() for part in value.split(",")}, key="RACI".find))
    if cell not in CELLS:
        raise ValueError(f"{value!r} is not a duty; write one of {'; '.join(CELLS)}, or leave the role out")
    return tuple(cell.split(","))


class Assignment(Part):
    """A cell of the matrix: written `R,A`, or `{duty: R, scope: own}` where a task narrows the scope."""

    duties: Annotated[
        tuple[Duty, ...],
        BeforeValidator(
            _parse_cell, json_schema_input_type=Literal["R", "A", "R,A", "C", "I", "R,I", "A,I", "R,A,I"]
        ),
    ] = Field(alias="duty")
    scope: Scope | None = None
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"duty": value}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Both forms, since the short one is made long before pydantic looks."""
        long_form = handler.resolve_ref_schema(handler(schema))
        return {"anyOf": [{"enum": list(CELLS)}, long_form]}

    @property
    def performs(self) -> bool:
        return not PERFORMING.isdisjoint(self.duties)

    @property
    def is_told(self) -> bool:
        return not NOTIFIED.isdisjoint(self.duties)

    @property
    def cell(self) -> str:
        return ",".join(self.duties)


class Command(StrEnum):
    select = "select"
    insert = "insert"
    update = "update"
    delete = "delete"


class Enforcement(Part):
    """What of the database a task is: a whole command on a table, or one kind of change of its rows.

    `becomes` is a column taking one of the values, `sets` one that was null and no longer is, `clears`
    the reverse, `changes` any other value. `with` are columns that may change along; `from` is what the
    row must have been. `starts` bounds what a new row may begin with, `stamps` are written by the
    trigger whatever the caller sends, and nobody named in a `not_by` column may perform the task.
    """

    table: Key
    command: Literal["select", "insert", "delete"] | None = None
    becomes: dict[Key, Values] = Field(default={})
    sets: Columns | tuple[()] = ()
    clears: Columns | tuple[()] = ()
    changes: Columns | tuple[()] = ()
    accompanied_by: Columns | tuple[()] = Field(default=(), alias="with")
    was: dict[Key, Values] = Field(default={}, alias="from")
    starts: dict[Key, Values] = Field(default={})
    stamps: dict[Key, Literal["actor", "now"]] = Field(default={})
    not_by: Columns | tuple[()] = ()

    @property
    def affects(self) -> Command:
        return Command(self.command) if self.command else Command.update

    @property
    def triggers(self) -> tuple[str, ...]:
        """The columns whose change makes this the task."""
        return (*self.becomes, *self.sets, *self.clears, *self.changes)

    @property
    def covers(self) -> tuple[str, ...]:
        """The columns that may change when the task is performed."""
        return tuple(dict.fromkeys((*self.triggers, *self.accompanied_by, *self.stamps)))

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.covers, *self.was, *self.starts, *self.not_by)))


class Task(Part):
    """A task, its cells, and what enforces it."""

    title: Text
    summary: str = ""
    duties: dict[AppRole, Assignment] = Field(default={})
    performed_by_system: str = Field(default="", description="why no person is Responsible")
    enforces: tuple[Enforcement, ...] = ()
    procedural: str = Field(default="", description="why the matrix does not enforce it in the database")
    reaches: dict[Key, tuple[Command, ...]] = Field(
        default={}, description="tables and views that a procedural task opens by means of their own"
    )
    sla: Sla | None = None
    note: str = ""

    @property
    def accountable(self) -> tuple[AppRole, ...]:
        return tuple(role for role, cell in self.duties.items() if Duty.accountable in cell.duties)

    @property
    def responsible(self) -> tuple[AppRole, ...]:
        return tuple(role for role, cell in self.duties.items() if Duty.responsible in cell.duties)


def _every_step(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else (value,)


# What an escalation may answer beside tasks: checks of the contracts that fail.
DATA_QUALITY = "data_quality"


class Escalation(Part):
    """Who is asked next; each step is a role of the module or a position.

    `after` is how long a step has to acknowledge before the next is told: one time for all, or one for
    each; without it the alert's severity says. `answers` are the tasks whose broken promise climbs it.
    """

    title: Text
    path: tuple[Key, ...] = Field(min_length=2)
    after: Annotated[
        tuple[Duration, ...],
        BeforeValidator(_every_step, json_schema_input_type=Duration | list[Duration]),
    ] = ()
    answers: tuple[Key, ...] = ()

    @model_validator(mode="after")
    def _a_time_each(self) -> Escalation:
        if len(self.after) not in (0, 1, len(self.path)):
            raise ValueError(f"after: write one time for all steps, or {len(self.path)}, one for each")
        return self

    @property
    def patience(self) -> tuple[str, ...]:
        """How long each step has; empty where the severity says."""
        return self.after * len(self.path) if len(self.after) == 1 else self.after


class Handoff(Part):
    title: Text
    when: str = ""
    steps: tuple[Text, ...] = Field(min_length=1)


class Module(Part):
    """One document of `docs/raci`."""

    module: Key
    title: Text
    owner: Key
    summary: Text
    source: str = ""
    roles: dict[AppRole, Role] = Field(min_length=1)
    positions: dict[Key, Text] = Field(default={})
    tasks: dict[Key, Task] = Field(min_length=1)
    escalation: tuple[Escalation, ...] = ()
    handoffs: tuple[Handoff, ...] = ()
    tables: dict[Key, TableDeclaration] = Field(default={})

    def scope(self, role: AppRole, assignment: Assignment) -> Scope:
        """The rows that this cell reaches: its own scope, else the role's."""
        return assignment.scope or self.roles[role].scope

    def enforcements(self) -> Iterator[tuple[str, Task, int, Enforcement]]:
        """Every enforcement with its task and its place there."""
        for key, task in self.tasks.items():
            for index, enforcement in enumerate(task.enforces):
                yield key, task, index, enforcement

    @property
    def digest(self) -> str:
        """SHA-256 of what the document says: comments and layout do not count."""
        text = json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Matrix:
    """All modules of a workspace, by name, and the tables they speak of."""

    modules: Mapping[str, Module]
    tables: Mapping[str, Table]

    def enforced_tables(self) -> tuple[str, ...]:
        """The tables with at least one enforcement, by name."""
        return tuple(sorted({e.table for m in self.modules.values() for _, _, _, e in m.enforcements()}))
