"""`python -m tests.lints`: what Supabase's linter says of a migrated database; exit 1 for what is new.

The CLI comes by `npm install supabase`; its `db advisors` brings splinter's lints and asks only the database.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from tests.conftest import make_empty, make_migrated, open_server

from mentalspace import terminal

EXCLUDED = Path(__file__).with_name("excluded.yaml")
SCHEMAS = ("public", "governance")


def main(supabase: Annotated[str, typer.Option(help="The Supabase CLI.")] = "supabase") -> None:
    """Migrate a database of its own, have it linted, and compare with what is excluded."""
    found = asyncio.run(lint(supabase))
    summary = compare(found, yaml.safe_load(EXCLUDED.read_text(encoding="utf-8")))
    terminal.emit_json(summary)
    raise typer.Exit(int(bool(summary["new"] or summary["gone"])))


async def lint(supabase: str) -> dict[str, list[str]]:
    """Names of what each tool finds."""
    async with open_server() as server:
        url = server.url(await make_migrated(server, await make_empty(server)))
        return {"advisors": await advise(supabase, url)}


async def advise(supabase: str, url: str) -> list[str]:
    arguments = ("--output-format", "json", "--level", "info", "--agent", "no", "--workdir", "/tmp")  # noqa: S108
    output = await run(supabase, "db", "advisors", f"--remote={url}?sslmode=disable", *arguments)
    results = json.loads(output[output.index("{") :])["results"]
    return [each["cacheKey"] for each in results if (each["metadata"] or {}).get("schema") in SCHEMAS]


async def run(*arguments: str) -> str:
    """What the command prints; a finding is no failure of it."""
    process = await asyncio.create_subprocess_exec(
        *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    if process.returncode not in (0, 1):
        raise RuntimeError(errors.decode())
    return output.decode()


def compare(found: dict[str, list[str]], excluded: dict[str, list[dict[str, str]]]) -> dict[str, Any]:
    """Lints that nobody excluded, and exclusions that nothing needs any more."""
    names = {tool: [each["lint"] for each in excluded[tool]] for tool in found}
    return {
        "found": {tool: len(lints) for tool, lints in found.items()},
        "new": [
            f"{tool}: {lint}"
            for tool, lints in found.items()
            for lint in lints
            if not lint.startswith(tuple(names[tool]))
        ],
        "gone": [
            f"{tool}: {name}"
            for tool, lints in found.items()
            for name in names[tool]
            if not any(lint.startswith(name) for lint in lints)
        ],
    }


if __name__ == "__main__":
    typer.run(main)
