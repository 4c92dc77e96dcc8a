"""`python -m tests.lints`: what other linters say of a migrated database; exit 1 for what is new, or gone.

The CLI comes by `npm install supabase`; its `db advisors` brings splinter's lints and asks only the database.
So does `lint` of rlsautotest, which comes by `pip install rlsautotest` in an environment of its own.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from tests.conftest import make_empty, make_migrated, open_server
from tests.lints.rlsautotest import lint_policies
from tests.lints.running import run

from mentalspace import terminal

EXCLUDED = Path(__file__).with_name("excluded.yaml")
SCHEMAS = ("public", "governance")


def main(
    supabase: Annotated[str | None, typer.Option(help="The Supabase CLI.")] = None,
    rlsautotest: Annotated[str | None, typer.Option(help="The command rlsautotest.")] = None,
) -> None:
    """Migrate a database of its own, have it linted, and compare with what is excluded."""
    if not (supabase or rlsautotest):
        raise typer.BadParameter("say who lints: --supabase, --rlsautotest, or both")
    found = asyncio.run(lint(supabase, rlsautotest))
    summary = compare(found, yaml.safe_load(EXCLUDED.read_text(encoding="utf-8")))
    terminal.emit_json(summary)
    raise typer.Exit(int(bool(summary["new"] or summary["gone"])))


async def lint(supabase: str | None, rlsautotest: str | None) -> dict[str, list[str]]:
    """Names of what each tool that was given finds."""
    found = {}
    async with open_server() as server:
        url = server.url(await make_migrated(server, await make_empty(server)))
        if supabase:
            found["advisors"] = await advise(supabase, url)
        if rlsautotest:
            found["rlsautotest"] = await lint_policies(rlsautotest, url, SCHEMAS)
    return found


async def advise(supabase: str, url: str) -> list[str]:
    arguments = ("--output-format", "json", "--level", "info", "--agent", "no", "--workdir", "/tmp")  # noqa: S108  (theirs)
    output = await run(supabase, "db", "advisors", f"--remote={url}?sslmode=disable", *arguments)
    results = json.loads(output[output.index("{") :])["results"]
    return [each["cacheKey"] for each in results if (each["metadata"] or {}).get("schema") in SCHEMAS]


def compare(found: dict[str, list[str]], excluded: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Lints that nobody excluded, and exclusions that nothing needs any more."""
    names = {
        tool: [name for each in excluded[tool] for name in name_excluded(each["lint"])] for tool in found
    }
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


def name_excluded(lint: str | list[str]) -> list[str]:
    return [lint] if isinstance(lint, str) else lint


if __name__ == "__main__":
    typer.run(main)
