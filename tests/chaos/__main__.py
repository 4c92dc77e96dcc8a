"""`python -m tests.chaos --seed 7 --changes 10000`: trouble, then the figures; exit 1 if they are wrong."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from tests.chaos.run import Plan, run_chaos

from mentalspace import terminal


def main(
    seed: Annotated[int, typer.Option(help="The same seed makes the same trouble.")] = 1,
    changes: Annotated[int, typer.Option(min=1)] = 10_000,
    workers: Annotated[int, typer.Option(min=1)] = 3,
    seconds: Annotated[float, typer.Option(min=1, help="How long the trouble lasts.")] = 30,
) -> None:
    """Kill workers, restart Postgres, drop and silence sockets, and count what came of every change."""
    report = asyncio.run(run_chaos(Plan(seed, changes, workers, seconds)))
    terminal.emit_json(report)
    raise typer.Exit(0 if report["faults"] == {} else 1)


if __name__ == "__main__":
    typer.run(main)
