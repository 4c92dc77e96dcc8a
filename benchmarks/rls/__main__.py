"""What row-level security costs: eight queries of a frontend by eight identities, with and without policies.

    PYTHONPATH=src:. python -m benchmarks.rls [--json] [--clients 20000] [--rounds 31] [--real-time]

Starts a PostgreSQL of its own with all migrations and a synthetic practice. Every request is made in
PostgREST's transaction, everybody on the same connection and in turn, as in a pool; the same ones as
service_role, whom no policy binds. Rows are compared with the people tests' reading of the matrix. Exit code
1 if a row or a target is missed; `--real-time` measures with priority over whatever else runs (root).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from random import Random

from benchmarks.rls.cells import Cell, Times, make_cell
from benchmarks.rls.expectations import Expectations
from benchmarks.rls.practice import Identity, find_identities, own_server, populate, prefer
from benchmarks.rls.queries import QUERIES, Query
from benchmarks.rls.report import show
from benchmarks.rls.requests import Answer, Caller

from mentalspace import terminal
from mentalspace.database.connection import connect
from mentalspace.devstack.postgres import Cluster
from mentalspace.devstack.stack import SUPERUSER

WARM_UPS, FIRSTS, COUNTS = 7, 3, 7
Runs = dict[str, list[Answer]]


def measure(url: str, query: Query, identities: Sequence[Identity], rounds: int) -> dict[str, Runs]:
    """Answers by role. Interleaved, so that what disturbs the machine disturbs all alike."""
    # In another order each time: a statement is planned anew when anon and authenticated take turns, and
    # in a fixed order the same person would pay for it in every round.
    order = Random(len(identities))  # noqa: S311  (repeats itself)
    runs: dict[str, Runs] = {identity.role: {} for identity in identities}
    callers = {"policy": Caller(url, with_policy=True), "bare": Caller(url, with_policy=False)}
    try:
        warm_ups = min(rounds, WARM_UPS)
        for turn in range(warm_ups + (min(rounds, COUNTS) if query.is_count else rounds)):
            for identity in order.sample(identities, len(identities)):
                for name, caller in callers.items():
                    answer = caller.ask(query, identity)
                    if turn >= warm_ups:
                        runs[identity.role].setdefault(name, []).append(answer)
    finally:
        for caller in callers.values():
            caller.close()
    for identity in identities:
        found = runs[identity.role]
        # One round measures nothing, and shows that everything runs: no need of a hundred connections.
        found |= (
            _measure_first(url, query, identity, rounds)
            if rounds > 1
            else {f"first_{name}": answers for name, answers in found.items()}
        )
    return runs


def _measure_first(url: str, query: Query, identity: Identity, rounds: int) -> Runs:
    """On connections of its own, on which nothing has run: every cache of a session is empty."""
    answers: Runs = {"first_policy": [], "first_bare": []}
    for _ in range(min(rounds, FIRSTS)):
        for name, found in answers.items():
            caller = Caller(url, with_policy=name == "first_policy")
            found.append(caller.ask(query, identity))
            caller.close()
    return answers


def measure_floor(url: str, identity: Identity, rounds: int) -> Times:
    """What a request takes that asks for nothing."""
    caller = Caller(url, with_policy=True)
    answers = [caller.ask_nothing(identity) for _ in range(WARM_UPS + rounds)]
    caller.close()
    return Times.of([answer.request for answer in answers[WARM_UPS:]])


async def run(clients: int, rounds: int, *, in_real_time: bool) -> tuple[list[Cell], Times]:
    """Every cell, from an empty folder, and the floor under all of them."""
    async with own_server() as cluster, connect(cluster.url(SUPERUSER)) as connection:
        await populate(connection, clients)
        if in_real_time and not _prefer(cluster):
            terminal.say("no real-time priority here; figures are of a shared machine")
        url = cluster.url(SUPERUSER)
        cells = await measure_all(await Expectations.read(connection), url, rounds)
        return cells, measure_floor(url, (await find_identities(connection))[0], rounds)


async def measure_all(expectations: Expectations, url: str, rounds: int) -> list[Cell]:
    """Every query by every identity, in a populated database that the address reaches as superuser."""
    identities = await find_identities(expectations.connection)
    cells = []
    for query in QUERIES:
        runs = measure(url, query, identities, rounds)
        for identity in identities:
            found = runs[identity.role]
            differs = await expectations.differs(query, identity, found["policy"][0])
            reach = expectations.reach(identity, query.table)
            cells.append(make_cell(query, identity.role, reach, found, differs))
    return cells


def _prefer(cluster: Cluster) -> bool:
    return bool(cluster.process) and prefer(os.getpid(), cluster.process.pid if cluster.process else 0)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rls", description=__doc__)
    parser.add_argument("--json", action="store_true", dest="as_json")
    parser.add_argument("--clients", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--real-time", action="store_true")
    given = parser.parse_args()
    cells, floor = asyncio.run(run(given.clients, given.rounds, in_real_time=given.real_time))
    if given.as_json:
        terminal.emit_json({"floor": asdict(floor), "cells": [cell.as_data() for cell in cells]})
    else:
        facts = f"{given.clients} clients, median of {given.rounds}; {floor.median:.2f} ms to ask for nothing"
        show(cells, facts)
    return 1 if any(cell.missed or cell.differs for cell in cells) else 0


if __name__ == "__main__":
    sys.exit(main())
