"""A data contract: one table, whose it is, what its columns hold, how long rows are kept, what must be true.

Never connects. The models read Open Data Contract Standard v3.1 as it is written; what the standard has
no word for stands under `customProperties` and is described in `docs/contracts.md`. `parse.py` turns a
file into a `Contract`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from mentalspace.contracts.part import Name, OwnPart, Part, Some, Text
from mentalspace.contracts.physical_types import canonical_type, check_type
from mentalspace.contracts.retention import RetentionProperty
from mentalspace.contracts.rule import Rule
from mentalspace.documents import Document, Location

Type = Annotated[str, AfterValidator(check_type)]
Version = Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
FOLDER = Path("docs/data-contracts")


class Classification(StrEnum):
    """What a column gives away. `phi`: about a patient; `pii`: about a member of staff."""

    phi = "phi"
    pii = "pii"
    internal = "internal"
    public = "public"


class ForeignKey(Part):
    """A column that names a row of another table (`to: clients.id`), of `schema` if not of `public`."""

    # Three parts name the schema, too; not every reader of ODCS takes them.
    to: Annotated[str, Field(pattern=r"^([a-z_][a-z0-9_]*\.){1,2}[a-z_][a-z0-9_]*$")]
    schema_: Annotated[Name | None, Field(alias="schema")] = None
    on_delete: Literal["no action", "restrict", "cascade", "set null", "set default"] = "no action"
    description: str = ""

    @property
    def table(self) -> str:
        """`clients`, or `auth.users` outside `public`."""
        table = self.to.rpartition(".")[0]
        return (f"{self.schema_}.{table}" if self.schema_ else table).removeprefix("public.")

    @property
    def column(self) -> str:
        return self.to.rpartition(".")[2]

    @property
    def target(self) -> str:
        """`clients.id`, or `auth.users.id` outside `public`."""
        return f"{self.table}.{self.column}"


class Column(Part):
    """One column as Postgres has it."""

    name: Name
    physical_type: Type
    logical_type: str = ""
    classification: Classification
    description: Text
    required: bool = False
    unique: bool = False
    primary_key: bool = False
    primary_key_position: int = 1
    critical_data_element: bool = False
    default: str | None = None
    generated: bool = False
    relationships: tuple[ForeignKey, ...] = ()
    quality: tuple[Rule, ...] = ()

    @property
    def is_nullable(self) -> bool:
        return not (self.required or self.primary_key)

    @property
    def is_text(self) -> bool:
        return canonical_type(self.physical_type).startswith(("text", "character"))


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Ownership(OwnPart):
    """Which columns make a row somebody's: members of staff in `owner`, the client in `client`.

    `client` holds a client's id; in the table `clients` it is the primary key. `client_sees` is a predicate:
    only these of their rows do clients see; the others are not yet, or not for them.
    """

    owner: Annotated[tuple[Name, ...], BeforeValidator(_as_list)] = ()
    client: Name | None = None
    client_sees: Text | None = None

    @model_validator(mode="after")
    def _of_a_client(self) -> Ownership:
        if self.client_sees and not self.client:
            raise ValueError("client_sees needs client: the column that says whose the row is")
        return self


class Index(OwnPart):
    """An index that queries and policies count on."""

    name: Name
    columns: Annotated[tuple[Text, ...], BeforeValidator(_as_list)]
    type: str = "btree"
    unique: bool = False
    where: str | None = None
    description: str = ""


class Table(Part):
    """The table of the contract: columns, rules, ownership, retention."""

    name: Name
    physical_name: str | None = None
    business_name: str = ""
    description: str = ""
    properties: Some[Column]
    quality: tuple[Rule, ...] = ()
    ownership: Ownership | None = None
    retention: RetentionProperty | None = None
    # A predicate: only these rows are in use and judged by rules.
    live: Text | None = None
    indexes: tuple[Index, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.properties

    @property
    def schema_name(self) -> str:
        return (self.physical_name or f"public.{self.name}").rpartition(".")[0] or "public"

    @property
    def qualified_name(self) -> str:
        return f"{self.schema_name}.{self.name}"

    @property
    def primary_key(self) -> tuple[str, ...]:
        keys = sorted((c for c in self.properties if c.primary_key), key=lambda c: c.primary_key_position)
        return tuple(column.name for column in keys)

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.properties if column.name == name), None)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.properties)


class Description(Part):
    purpose: Text
    limitations: str = ""
    usage: str = ""


class Member(Part):
    """A position of the practice and what it is to this table."""

    username: Name
    role: Literal["owner", "steward", "technical_owner", "on_call"]
    description: str = ""


class Team(Part):
    """The positions behind a contract; exactly one owns it."""

    name: str = ""
    members: tuple[Member, ...] = ()

    @model_validator(mode="after")
    def _one_owner(self) -> Self:
        owners = [member.username for member in self.members if member.role == "owner"]
        if len(owners) != 1:
            raise ValueError(
                f"{len(owners)} owners; write exactly one member {{username: <position>, role: owner}}, "
                "such as scheduling_manager"
            )
        return self

    def position(self, role: str) -> str | None:
        return next((member.username for member in self.members if member.role == role), None)


class Sla(Part):
    """A promise about the table: retention, freshness, latency, availability."""

    property: Text
    value: str | float | int | bool | None = None
    value_ext: str | float | int | bool | None = None
    unit: str = ""
    element: str = ""
    driver: str = ""
    description: str = ""


class AccessRole(Part):
    """What an application role may do with the table."""

    role: Name
    access: Text
    description: str = ""


class SupportChannel(Part):
    channel: Text
    tool: str = ""
    scope: str = ""
    description: str = ""
    url: str = ""


class Lineage(OwnPart):
    """Where rows come from and who reads them."""

    sources: tuple[Text, ...] = ()
    consumers: tuple[Text, ...] = ()


Day = Annotated[str, BeforeValidator(str), Field(pattern=r"^\d{4}-\d\d-\d\d$")]


class HistoryEntry(OwnPart):
    """One version of the contract: in force since `date`, stakeholders told on `announced`.

    `author` is a position.
    """

    version: Version
    date: Day
    announced: Day | None = None
    author: Name
    changes: Text


def _just_one(tables: tuple[Table, ...]) -> tuple[Table, ...]:
    if len(tables) != 1:
        raise ValueError("write one table; each has a file of its own")
    return tables


class Contract(Part):
    """A whole data contract for one table."""

    id: Text
    name: str = ""
    version: Version
    api_version: str
    status: Text
    domain: str = ""
    description: Description
    schema_: Annotated[tuple[Table, ...], AfterValidator(_just_one), Field(alias="schema")]
    team: Team
    roles: tuple[AccessRole, ...] = ()
    sla_properties: tuple[Sla, ...] = ()
    support: tuple[SupportChannel, ...] = ()
    lineage: Lineage = Lineage()
    history: tuple[HistoryEntry, ...] = ()
    audit: str = ""
    notice_business_days: Annotated[int, Field(ge=0)] = 3
    source: Path = Path()
    digest: str = ""

    @property
    def table(self) -> Table:
        return self.schema_[0]

    @property
    def owner(self) -> str:
        """The position that answers for this table's data."""
        return self.team.position("owner") or ""

    @property
    def ownership(self) -> Ownership | None:
        return self.table.ownership

    @property
    def retention(self) -> RetentionProperty | None:
        return self.table.retention

    def locate_rules(self) -> Iterator[tuple[Location, Column | None, Rule]]:
        """Every rule with its place in the document and, if it stands at a column, that column."""
        for index, rule in enumerate(self.table.quality):
            yield ("schema", 0, "quality", index), None, rule
        for position, column in enumerate(self.table.properties):
            for index, rule in enumerate(column.quality):
                yield ("schema", 0, "properties", position, "quality", index), column, rule


@dataclass(frozen=True)
class Contracts(Mapping[str, Contract]):
    """The contracts of a workspace by table (`appointments`, or `other.table` outside `public`)."""

    by_table: Mapping[str, Contract]
    documents: Mapping[str, Document] = field(default_factory=dict)

    def __getitem__(self, table: str) -> Contract:
        return self.by_table[table.removeprefix("public.")]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_table)

    def __len__(self) -> int:
        return len(self.by_table)
