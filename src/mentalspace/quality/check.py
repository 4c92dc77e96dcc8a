"""What a check says about a table: how it is counted, what would prove it, whose it is. Never connects.

Every check that judges rows has a `predicate` over one row that is true when the row is wrong; the row's
table goes by its own name. What compares rows of a whole table has, beside that, a `failing` query: faster
for all rows than the predicate, and the same answer.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mentalspace.contracts.rule import Severity


class Kind(StrEnum):
    """How failures are counted when nothing proves that there are none."""

    scan = "scan"
    """One row is enough: counted together with all scans of the table, in one reading."""
    cross = "cross"
    """Needs other rows or tables: one query."""
    value = "value"
    """One number about the whole table: one query, no keys."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PredicateProof(_Value):
    """Constraints of the table that the predicate contradicts; Postgres' own planner decides."""

    kind: Literal["predicate"] = "predicate"
    columns: tuple[str, ...]


class UniqueProof(_Value):
    """A unique index on these columns, or on some of them."""

    kind: Literal["unique"] = "unique"
    columns: tuple[str, ...]
    where: str | None = None


class ForeignKeyProof(_Value):
    """A validated foreign key."""

    kind: Literal["foreign_key"] = "foreign_key"
    column: str
    to_table: str
    to_column: str


class ExclusionProof(_Value):
    """An exclusion constraint: equal in `within`, overlapping in the range from `start` to `end`."""

    kind: Literal["exclusion"] = "exclusion"
    within: tuple[str, ...]
    start: str
    end: str
    where: str | None = None


Proof = PredicateProof | UniqueProof | ForeignKeyProof | ExclusionProof


class Watch(_Value):
    """Changes of `relation` after which some rows must be judged again; no `source`: the number is.

    `source` is a from clause over `$1`, an array of objects with the `columns` of the rows as they were and
    as they are (or, for `failing`, with the `key` of each row that is wrong), joined to the judged table.
    """

    relation: str
    columns: tuple[str, ...] = ()
    source: str | None = None
    key: str | None = None
    rows: Literal["changed", "failing"] = "changed"


class Boundary(_Value):
    """Rows of `source` for which `condition` holds may have changed by time alone, from `$2` to `$3`."""

    source: str
    condition: str = "true"


class Incremental(_Value):
    """How the rows are found whose answer may have changed since the last pass; or why they cannot be.

    `functions` are the workspace's own: they must be immutable, else they may answer otherwise tomorrow.
    """

    full_because: str | None = None
    watches: tuple[Watch, ...] = ()
    boundaries: tuple[Boundary, ...] = ()
    functions: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    """Every table that the check reads."""


class CheckSpec(_Value):
    """One check, compiled: what the registry `governance.quality_checks` holds."""

    table_name: str
    name: str
    relation: str
    live: str | None = None
    primary_key: tuple[str, ...]
    # Days begin and end there: `current_date`, and an instant cast to a date.
    time_zone: str
    kind: Kind
    predicate: str | None = None
    failing: str | None = None
    value: str | None = None
    proof: Proof | None = Field(default=None, discriminator="kind")
    reads: tuple[str, ...] = ()
    reads_clock: bool = False
    incremental: Incremental = Incremental()
    threshold: float = 0
    unit: Literal["rows", "percent"] = "rows"
    severity: Severity
    dimension: str = ""
    owner: str
    title: str
    description: str
    remediation: str
    business_impact: str = ""
    contract_version: str

    @property
    def key(self) -> str:
        """`appointments.double_booking`: how people and programs call it."""
        return f"{self.table_name.removeprefix('public.')}.{self.name}"

    @property
    def digest(self) -> str:
        """Says whether two runs asked the same question: it changes with the SQL, not with the words."""
        parts = {"relation", "live", "primary_key", "time_zone", "predicate", "failing", "value"}
        return sha256(self.model_dump_json(include=parts).encode()).hexdigest()[:16]
