"""A table as the catalog describes it. Pure; never connects.

Types, defaults and predicates are spelt as Postgres prints them with an empty search path, so that a name
outside `pg_catalog` always carries its schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class LiveColumn:
    name: str
    type: str
    is_nullable: bool
    default: str | None = None
    is_generated: bool = False
    comment: str = ""


@dataclass(frozen=True)
class LiveForeignKey:
    """`table` is schema-qualified; `is_validated` is false while rows from before it are not checked."""

    name: str
    columns: tuple[str, ...]
    table: str
    table_columns: tuple[str, ...]
    on_delete: str
    is_validated: bool = True


@dataclass(frozen=True)
class LiveIndex:
    """`constraint` is what it serves: `p` primary key, `u` unique, `x` exclusion, else empty."""

    name: str
    columns: tuple[str, ...]
    method: str = "btree"
    is_unique: bool = False
    where: str | None = None
    constraint: str = ""
    is_valid: bool = True


@dataclass(frozen=True)
class LiveTable:
    """One table; `grants` maps a role (`public` for everybody) to its commands in lower case."""

    schema_name: str
    name: str
    owner: str
    has_row_security: bool
    comment: str
    columns: tuple[LiveColumn, ...]
    foreign_keys: tuple[LiveForeignKey, ...] = ()
    indexes: tuple[LiveIndex, ...] = ()
    grants: Mapping[str, tuple[str, ...]] | None = None

    @property
    def qualified_name(self) -> str:
        return f"{self.schema_name}.{self.name}"

    @property
    def primary_key(self) -> tuple[str, ...]:
        return next((index.columns for index in self.indexes if index.constraint == "p"), ())

    def column(self, name: str) -> LiveColumn | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)
