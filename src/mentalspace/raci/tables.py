"""The tables that a matrix speaks of: their columns, and whose a row is. Never connects.

Both come from the table's data contract. A table that has none yet is declared in the RACI document
that enforces it (`tables:`), and nowhere twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from mentalspace.contracts.contract import Contract

# Overwritten by the table's own trigger, whatever the caller sends.
MAINTAINED = "updated_at"

Name = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*$", max_length=63)]


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class TableDeclaration(BaseModel):
    """A table without a contract: all its columns, and whose its rows are."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    columns: tuple[Name, ...] = Field(min_length=1)
    generated: tuple[Name, ...] = ()
    key: Annotated[tuple[Name, ...], BeforeValidator(_as_tuple, json_schema_input_type=Name | list[Name])] = (
        Field(default=("id",), min_length=1, description="columns of the primary key")
    )
    owner: Annotated[
        tuple[Name, ...], BeforeValidator(_as_tuple, json_schema_input_type=Name | list[Name])
    ] = ()
    client: Name | None = None
    shared: bool = Field(default=False, description="nobody's rows: whoever holds a duty reaches all")
    live: str | None = Field(default=None, description="condition of the rows that are not deleted")

    @model_validator(mode="after")
    def _somebodys(self) -> Self:
        if self.shared == bool(self.owner or self.client):
            raise ValueError("write `owner:` or `client:` (columns), or `shared: true` for nobody's rows")
        for column in filter(None, (*self.key, *self.generated, *self.owner, self.client)):
            if column not in self.columns:
                raise ValueError(f"{column}: not among the columns; write one of {', '.join(self.columns)}")
        return self


@dataclass(frozen=True)
class Table:
    """A table as the compiler needs it. `client` holds the id of a client, `owner` those of profiles.

    `live` is the condition of rows that are not deleted: nobody reaches others through the API. `client_sees`
    is the condition of those of their rows that clients see.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    generated: tuple[str, ...]
    owner: tuple[str, ...]
    client: str | None
    live: str | None
    declared_in: str
    client_sees: str | None = None

    @property
    def is_shared(self) -> bool:
        return not (self.owner or self.client)

    @property
    def ownership(self) -> tuple[str, ...]:
        """The columns that decide whose a row is."""
        return tuple(dict.fromkeys((*self.owner, *((self.client,) if self.client else ()))))


def from_declaration(name: str, declaration: TableDeclaration, source: str) -> Table:
    return Table(
        name,
        declaration.columns,
        declaration.key,
        declaration.generated,
        declaration.owner,
        declaration.client,
        declaration.live,
        source,
    )


def from_contract(contract: Contract) -> Table | None:
    """The table of a contract, or None when the contract does not say whose its rows are."""
    ownership, table = contract.ownership, contract.table
    if ownership is None:
        return None
    return Table(
        table.name,
        table.column_names,
        table.primary_key,
        tuple(column.name for column in table.columns if column.generated),
        ownership.owner,
        ownership.client,
        table.live or None,
        contract.source.as_posix(),
        ownership.client_sees,
    )
