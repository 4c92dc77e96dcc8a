"""Checks as a migration: the registry becomes what the contracts say. Deterministic; never connects."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pydantic import BaseModel

from mentalspace.quality.capture import Capture, render_capture_rows
from mentalspace.quality.check import CheckSpec
from mentalspace.quality.predicates import quote

NAME = "quality_checks_register"
HEADER = """\
-- Purpose: the checks of the data contracts, as rows
-- Affects: rows of governance.quality_checks and governance.quality_captures
-- Source: docs/data-contracts, compiled by `mentalspace contracts compile`; edit there, never here
-- Reversal: run the file of this name before this one again
-- Locks: row locks on the registry
"""
COLUMNS = (*CheckSpec.model_fields, "digest")


def render_registration(checks: Sequence[CheckSpec], captures: Sequence[Capture] = ()) -> str:
    """The migration that makes the registry say what these checks say, whatever it says now."""
    rows = render_capture_rows(captures)
    return "\n".join([HEADER, _positions(checks), _deletion(checks), _upsert(checks), rows])


def _positions(checks: Sequence[CheckSpec]) -> str:
    owners = sorted({check.owner for check in checks})
    titles = {owner: owner.replace("_", " ").capitalize() for owner in owners}
    rows = ",\n  ".join(f"({quote(owner)}, {quote(title)})" for owner, title in titles.items())
    return f"insert into governance.positions (position, title) values\n  {rows}\non conflict do nothing;\n"


def _deletion(checks: Sequence[CheckSpec]) -> str:
    names = ",\n  ".join(f"({quote(check.table_name)}, {quote(check.name)})" for check in checks)
    return f"delete from governance.quality_checks where (table_name, name) not in (\n  {names}\n);\n"


def _upsert(checks: Sequence[CheckSpec]) -> str:
    rows = ",\n".join(_row(check) for check in checks)
    changes = ",\n  ".join(f"{column} = excluded.{column}" for column in COLUMNS[2:])
    return (
        f"insert into governance.quality_checks (\n  {', '.join(COLUMNS)}\n) values\n{rows}\n"
        f"on conflict (table_name, name) do update set\n  {changes};\n"
    )


def _row(check: CheckSpec) -> str:
    values = ",\n    ".join(_literal(getattr(check, column)) for column in COLUMNS)
    return f"  -- {check.key}\n  (\n    {values}\n  )"


def _literal(value: object) -> str:
    if isinstance(value, tuple):
        return f"array[{', '.join(quote(each) for each in value)}]::text[]"
    if isinstance(value, BaseModel):
        return quote(json.dumps(value.model_dump(mode="json", exclude_none=True)))
    return "null" if value is None else quote(value)
