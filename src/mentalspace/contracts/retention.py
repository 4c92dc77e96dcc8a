"""How long a table's rows are kept: the value of the contract's custom property `retention`.

Never connects. The property stands on the schema object of an ODCS contract:

    customProperties:
      - property: retention
        value:
          data_type: client_records          # the rule's name in public.data_retention_policies
          months: 84                         # the floor, counted from the basis
          method: soft_delete                # or hard_delete
          basis:
            columns: [discharge_date, deceased_date]   # the latest one counts
            ended: {column: status, values: [Discharged, Deceased]}
          minor: {birth_column: date_of_birth, under_age: 18, until_age: 25}
          waits_for: ["*"]                   # every table that refers to this one
          reason: seven years after discharge; until age 25 for minors
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*$", max_length=63)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
EVERY_TABLE = "*"
Child = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z_][a-z0-9_]*)$", max_length=63)]


class DeletionMethod(StrEnum):
    """What happens to a due row; the words of the production plan."""

    soft_delete = "soft_delete"
    hard_delete = "hard_delete"
    anonymize = "anonymize"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ended(_Value):
    """When the clock may run: `column` is one of `values` (as text), or is set if none are given."""

    column: Name
    values: tuple[Text, ...] = ()


class Basis(_Value):
    """The day from which the period counts: the latest of `columns`.

    They stand in the table itself or, with `through` and `table`, in the row of `table` that the
    column `through` refers to (a note's discharge date is its client's).
    """

    columns: tuple[Name, ...] = Field(min_length=1)
    through: Name | None = None
    table: Name | None = None
    ended: Ended | None = None

    @model_validator(mode="after")
    def _path_is_whole(self) -> Self:
        if (self.through is None) != (self.table is None):
            raise ValueError("write both `through` (a column of this table) and `table` (where it leads)")
        return self


class MinorRule(_Value):
    """Rows of people younger than `under_age` on the basis day are kept until they are `until_age`.

    The later of this day and the ordinary period counts. `birth_column` stands beside the basis.
    """

    birth_column: Name
    under_age: int = Field(default=18, gt=0, le=30)
    until_age: int = Field(gt=0, le=100)


class RetentionProperty(_Value):
    """A table's retention: how long, from when, by what method, after which other rows."""

    data_type: Name
    months: int = Field(gt=0, le=1200)
    method: DeletionMethod
    basis: Basis
    minor: MinorRule | None = None
    waits_for: tuple[Child, ...] = ()
    reason: Text

    @model_validator(mode="after")
    def _every_table_stands_alone(self) -> Self:
        if EVERY_TABLE in self.waits_for and len(self.waits_for) > 1:
            raise ValueError('waits_for: write ["*"] alone, or name the tables')
        return self
