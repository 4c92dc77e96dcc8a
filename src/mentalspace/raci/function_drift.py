"""Hand-written functions of the live database against the migrations that define them, as findings.

Policies and guards call them: whoever changes one changes who may do what, and no compiled file shows it.
Read-only. Functions whose body Postgres keeps as a tree (`begin atomic`, `return`) are not compared by text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.findings import Finding, Level

queries = load_queries(__package__ or "")
# A head has no semicolon but in comments: a function whose body is a tree does not run into the next one.
DEFINED = re.compile(
    r"^create (?:or replace )?function governance\.(?P<name>\w+)\s*\((?P<head>(?:--[^\n]*\n|[^;])*?)"
    r"\bas (?P<tag>\$\w*\$)(?P<body>.*?)(?P=tag)"
    r"|^drop function (?:if exists )?governance\.(?P<dropped>\w+)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
COMPILED = re.compile(r"_enforce_raci\.sql$")


@dataclass
class Definition:
    """What the newest migration that defines a name says; several bodies if the name is overloaded."""

    file: str
    bodies: dict[str, bool] = field(default_factory=dict)


async def find_function_drift(connection: Connection, migrations: Path) -> list[Finding]:
    """Functions of `governance` that are missing, or whose text, rights, path or owner were changed."""
    live: dict[str, list[dict[str, Any]]] = {}
    for row in await (await connection.execute(queries["list_functions"])).fetchall():
        live.setdefault(row["name"], []).append(row)
    return list(compare_functions(read_definitions(migrations), live))


def read_definitions(migrations: Path) -> dict[str, Definition]:
    """By name, in the order of the files; compiled guards are compared with what they compile to instead."""
    found: dict[str, Definition] = {}
    for path in sorted(migrations.glob("*.sql")):
        if COMPILED.search(path.name):
            continue
        for match in DEFINED.finditer(path.read_text(encoding="utf-8")):
            if match["dropped"]:
                found.pop(match["dropped"], None)
                continue
            if found.get(match["name"], Definition("")).file != path.name:
                found[match["name"]] = Definition(path.name)
            found[match["name"]].bodies[match["body"]] = "security definer" in match["head"].lower()
    return found


def compare_functions(
    definitions: Mapping[str, Definition], live: Mapping[str, list[dict[str, Any]]]
) -> Iterator[Finding]:
    for name, definition in sorted(definitions.items()):
        rows = live.get(name, [])
        if not rows:
            yield _finding(name, "missing", f"{definition.file} defines it")
        for row in rows:
            yield from _compare(name, definition, row)


def _compare(name: str, definition: Definition, row: Mapping[str, Any]) -> Iterator[Finding]:
    if row["body"] not in definition.bodies:
        yield _finding(name, "different", f"its text is not that of {definition.file}")
    elif row["is_definer"] != definition.bodies[row["body"]]:
        yield _finding(name, "different", f"it runs with other rights than {definition.file} gives it")
    if not row["has_empty_path"]:
        yield _finding(name, "different", "its search_path is not empty: others can put objects in its way")
    if not row["has_owner"]:
        yield _finding(name, "different", "it belongs to another role than its schema")


def _finding(name: str, what: str, detail: str) -> Finding:
    return Finding(
        check="raci",
        title=f"{what}: function {name}",
        level=Level.error,
        subject=f"governance.{name}",
        detail=detail,
        remediation="apply the migrations; a change that is meant belongs into a new one",
        key=f"raci:governance.{name}:function",
        owner="security_administrator",
    )
