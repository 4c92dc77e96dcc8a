"""A retention rule: one row of `public.data_retention_policies`. Never connects."""

from __future__ import annotations

from dataclasses import dataclass

from mentalspace.contracts.retention import DeletionMethod


@dataclass(frozen=True)
class RetentionRule:
    """How long the rows of one table are kept, from when, by what method; columns as in the database."""

    data_type: str
    table_name: str
    retention_period_months: int
    deletion_method: DeletionMethod
    basis_columns: tuple[str, ...]
    reason: str
    subject_table: str | None = None
    subject_column: str | None = None
    ended_column: str | None = None
    ended_values: tuple[str, ...] = ()
    birth_column: str | None = None
    under_age: int | None = None
    until_age: int | None = None
    waits_for: tuple[str, ...] = ()
    apply_order: int = 0
    owner_position: str = ""
