"""`python -m tests.mutation`: one thing wrong in the database at a time; exit 1 if a test misses one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from tests.mutation.run import (
    Report,
    choose,
    find_mutants,
    judge_all,
    learn,
    open_judges,
    read_reviewed,
    read_verdicts,
)

from mentalspace import terminal

COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def main(
    seed: Annotated[int, typer.Option(help="Order, and choice of a sample.")] = 1,
    sample: Annotated[int, typer.Option(min=0, help="How many; 0: all.")] = 0,
    only: Annotated[str, typer.Option(help="Those whose name holds this: a kind, a table, a task.")] = "",
    judges: Annotated[int, typer.Option(min=1, help="How many at once.")] = 2,
    verdicts: Annotated[Path, typer.Option(help="Kept here; a run goes on where the last one ended.")] = Path(
        ".mentalspace/mutation.jsonl"
    ),
    again: Annotated[bool, typer.Option("--again", help="Forget earlier verdicts.")] = False,
) -> None:
    """Change policies, guards, triggers, grants, cells and functions one by one; say what no test notices."""
    if again:
        verdicts.unlink(missing_ok=True)
    verdicts.parent.mkdir(parents=True, exist_ok=True)
    summary = asyncio.run(run(seed, sample, only, judges, verdicts))
    terminal.emit_json(summary)
    wrong = summary["survivors"] or summary["reviewed_but_killed"] or summary["reviewed_but_gone"]
    raise typer.Exit(int(bool(wrong)))


async def run(seed: int, sample: int, only: str, judges: int, path: Path) -> dict[str, Any]:
    async with open_judges(judges) as opened:
        known = await find_mutants(opened[0].practice.connection)
        mutants = choose(known, seed, sample, only)
        earlier = read_verdicts(path, mutants)
        await learn(opened, mutants)
        found = {str(mutant): earlier[str(mutant)] for mutant in mutants if str(mutant) in earlier}
        statements = {str(mutant): "\n".join(mutant.statements) for mutant in mutants}
        shown = Progress(*COLUMNS, console=terminal.stderr())
        with path.open("a", encoding="utf-8") as file, shown as progress:
            bar = progress.add_task("mutants", total=len(mutants), completed=len(found))

            def tell(name: str, killer: str) -> None:
                line = {"mutant": name, "killer": killer, "statements": statements[name]}
                file.write(json.dumps(line) + "\n")
                file.flush()
                progress.advance(bar)
                if not killer:
                    progress.console.print(f"survives: {name}", markup=False, highlight=False)

            await judge_all(opened, mutants, found, tell)
    report = Report(found, {str(mutant): mutant.kind for mutant in mutants})
    return report.summarize(read_reviewed(), (str(mutant) for mutant in known))


if __name__ == "__main__":
    typer.run(main)
