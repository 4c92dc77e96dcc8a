"""What `rlsautotest lint` finds, named so that it can be excluded, with what the catalog says of it.

Its findings have a sentence and no code. A name is `kind:confirmed:object` when the catalog shows what makes
a finding of this kind meant (queries.sql), else `kind:unconfirmed:object`; an unknown sentence is its own.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, TypeAdapter
from tests.lints.running import run

from mentalspace.database.connection import connect
from mentalspace.database.queries import load_queries

queries = load_queries(__package__)

KINDS = {
    "RLS enabled but no policies": "no_policy",
    "RLS is enabled but not FORCED": "not_forced",
    "No DELETE policy": "no_delete_policy",
    "Policy references its own table": "own_table",
    "Policy calls user-defined function(s)": "policy_calls",
    "SECURITY DEFINER function is EXECUTE-able by authenticated": "definer",
}
CALLED = re.compile(r"'([\w.]+)'")


class Found(BaseModel):
    """One finding as the tool writes it; of a function, `table` is its signature."""

    severity: str
    table: str
    policy: str | None
    message: str


async def lint_policies(command: str, url: str, schemas: Sequence[str]) -> list[str]:
    """Names of what the tool finds in the schemas."""
    async with connect(url) as connection:
        rows = await (
            await connection.execute(queries["list_confirmed"], {"schemas": list(schemas)})
        ).fetchall()
    confirmed = {(row["kind"], row["name"]) for row in rows}
    return [
        name
        for schema in schemas
        for found in await ask(command, url, schema)
        for name in name_finding(schema, found, confirmed)
    ]


async def ask(command: str, url: str, schema: str) -> list[Found]:
    # It ends with 1 for findings and for a crash: a crash leaves the file empty, which does not parse.
    with tempfile.NamedTemporaryFile() as file:
        await run(command, "lint", "--schema", schema, "--db-url", url, "--json", file.name)
        return parse(Path(file.name).read_text(encoding="utf-8"))  # noqa: ASYNC240  (small)


def parse(text: str) -> list[Found]:
    return TypeAdapter(list[Found]).validate_python(json.loads(text))


def name_finding(schema: str, found: Found, confirmed: set[tuple[str, str]]) -> Iterator[str]:
    """One name, or one for each function that a policy calls."""
    place = ".".join(filter(None, (schema, found.table, found.policy)))
    kind = next((kind for start, kind in KINDS.items() if found.message.startswith(start)), None)
    if kind is None:
        yield f"{place}: {found.severity} {found.message}"
    elif kind == "policy_calls":
        for function in dict.fromkeys(CALLED.findall(found.message)):
            yield f"{kind}:{tell((kind, function) in confirmed)}:{function}:{place}"
    else:
        yield f"{kind}:{tell((kind, place) in confirmed)}:{place}"


def tell(is_confirmed: bool) -> str:
    return "confirmed" if is_confirmed else "unconfirmed"
