"""From retention rules to the migration that loads them. Never connects; deterministic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from mentalspace.retention.rule import RetentionRule

NAME = "data_retention_policies_load"
COLUMNS = tuple(field.name for field in fields(RetentionRule))
HEADER = """\
-- Purpose: retention rules as the data contracts have them
-- Affects: rows of public.data_retention_policies
-- Source: docs/data-contracts/*.odcs.yaml, by `mentalspace retention compile --write`
-- Reversal: load the rules of the previous file of this name
-- Locks: none that users feel
"""


def render_migration(rules: Sequence[RetentionRule]) -> str:
    """SQL that makes the table say what `rules` say.

    A rule that no contract has any more stops; one that somebody paused stays paused.
    """
    rows = ", (\n".join(
        f"  {_wrap([_literal(getattr(rule, name)) for name in COLUMNS])}\n)" for rule in rules
    )
    updates = ",\n".join(f"  {name} = excluded.{name}" for name in COLUMNS if name != "data_type")
    known = _literal(tuple(sorted(rule.data_type for rule in rules)))
    return (
        f"{HEADER}\n"
        f"insert into public.data_retention_policies (\n  {_wrap(COLUMNS)}\n) values (\n{rows}\n"
        f"on conflict (data_type) do update set\n{updates};\n\n"
        "update public.data_retention_policies set is_active = false\n"
        f"where is_active and data_type <> all ({known});\n"
    )


def _wrap(names: Sequence[str]) -> str:
    lines = [", ".join(names[start : start + 5]) for start in range(0, len(names), 5)]
    return ",\n  ".join(lines)


def _literal(value: str | int | tuple[str, ...] | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return f"array[{', '.join(_literal(item) for item in value)}]::text[]"
    return "'" + value.replace("'", "''") + "'"
