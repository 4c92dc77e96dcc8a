"""Hand-written functions of the live database against the migrations that define them, as findings.

Policies and guards call them: whoever changes one changes who may do what, and no compiled file shows it.
Read-only. Functions whose body Postgres keeps as a tree (`begin atomic`, `return`) are not compared by text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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
RETURNS = re.compile(r"\breturns\b|\blanguage\b", re.IGNORECASE)
COMPILED = re.compile(r"_enforce_raci\.sql$")


@dataclass(frozen=True)
class Definition:
    """What the newest migration that defines a function of these arguments says."""

    file: str
    body: str
    is_definer: bool


async def find_function_drift(connection: Connection, migrations: Path) -> list[Finding]:
    """Functions of `governance` that are missing, or whose text, rights, path or owner were changed."""
    live: dict[str, list[dict[str, Any]]] = {}
    for row in await (await connection.execute(queries["list_functions"])).fetchall():
        live.setdefault(row["name"], []).append(row)
    return list(compare_functions(read_definitions(migrations), live))


def read_definitions(migrations: Path) -> dict[str, dict[str, Definition]]:
    """By name and arguments, as of the last file; compiled guards are compared with what they compile to."""
    found: dict[str, dict[str, Definition]] = {}
    for path in sorted(migrations.glob("*.sql")):
        if COMPILED.search(path.name):
            continue
        for match in DEFINED.finditer(path.read_text(encoding="utf-8")):
            if match["dropped"]:
                found.pop(match["dropped"], None)
                continue
            arguments = " ".join(RETURNS.split(match["head"])[0].split())
            definer = "security definer" in match["head"].lower()
            found.setdefault(match["name"], {})[arguments] = Definition(path.name, match["body"], definer)
    return found


def compare_functions(
    definitions: Mapping[str, Mapping[str, Definition]], live: Mapping[str, list[dict[str, Any]]]
) -> Iterator[Finding]:
    for name, overloads in sorted(definitions.items()):
        rows = live.get(name, [])
        if not rows:
            yield _finding(name, "missing", "the migrations define it")
        for row in rows:
            yield from _compare(name, list(overloads.values()), row)


def _compare(name: str, overloads: list[Definition], row: Mapping[str, Any]) -> Iterator[Finding]:
    same = [each for each in overloads if each.body == row["body"]]
    if not same:
        yield _finding(name, "different", f"its text is not that of {overloads[-1].file}")
    elif all(row["is_definer"] != each.is_definer for each in same):
        yield _finding(name, "different", f"it runs with other rights than {same[-1].file} gives it")
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
