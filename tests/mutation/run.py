"""A run: mutants shared out among pairs of databases, verdicts kept in a file so that a run can go on."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import yaml
from tests.conftest import make_empty, make_migrated, open_server
from tests.database.emergency.conftest import open_guarded_practice
from tests.database.raci.cells import Cells
from tests.database.raci.population import populate
from tests.database.raci.practice import open_practice
from tests.database.raci.recordings import Recordings, listen
from tests.database.raci.shown import ROLES
from tests.mutation.enumerating import find_mutants
from tests.mutation.judging import Judge
from tests.mutation.mutant import Mutant
from tests.mutation.scenarios import find_scenarios

from mentalspace.database.connection import Connection, connect

EQUIVALENT = Path(__file__).with_name("equivalent.yaml")


@dataclass
class Report:
    """Verdicts by mutant: what noticed it, or nothing."""

    verdicts: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    @property
    def survivors(self) -> set[str]:
        return {name for name, killer in self.verdicts.items() if not killer}

    def summarize(self, reviewed: Iterable[str], known: Iterable[str]) -> dict[str, Any]:
        """Killed of total by kind; who survived unexpectedly; reviewed ones that do not exist or died."""
        reviewed, survivors = set(reviewed), self.survivors
        totals, killed = Counter(self.kinds.values()), Counter[str]()
        killed.update(self.kinds[name] for name, killer in self.verdicts.items() if killer)
        by = Counter(killer.split("[")[0].split(":")[0] for killer in self.verdicts.values() if killer)
        return {
            "killed": {kind: f"{killed[kind]}/{totals[kind]}" for kind in totals},
            "total": f"{sum(killed.values())}/{sum(totals.values())}",
            "noticed_by": dict(by.most_common()),
            "equivalent": len(survivors & reviewed),
            "survivors": sorted(survivors - reviewed),
            "reviewed_but_killed": sorted(reviewed & self.verdicts.keys() - survivors),
            "reviewed_but_gone": sorted(reviewed - set(known)),
        }


def read_reviewed() -> list[str]:
    """Names of mutants that change nothing observable, each with its reason in the file."""
    document = yaml.safe_load(EQUIVALENT.read_text(encoding="utf-8"))
    return [name for entry in document for name in entry["mutants"]]


@asynccontextmanager
async def open_judges(number: int) -> AsyncIterator[list[Judge]]:
    """That many pairs of databases on a server of their own."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(open_server())
        migrated = await make_migrated(server, await make_empty(server))
        url = await server.clone(migrated)
        async with connect(server.superuser("postgres")) as superuser:
            await superuser.execute("alter role postgres set track_functions = 'all'")
        async with connect(url) as connection:
            cells = Cells(await populate(connection))
            await listen(connection)
            await connection.execute("analyze")
        judges, recordings = [], Recordings(cells.population)
        for _ in range(number):
            own = await server.clone(urlsplit(url).path.lstrip("/"))
            connection = await stack.enter_async_context(connect(own))
            small = [await stack.enter_async_context(connect(await server.clone(migrated))) for _ in range(2)]
            judges.append(await make_judge(cells.on(connection), recordings, *small))
        yield judges


async def make_judge(cells: Cells, recordings: Recordings, small: Connection, guarded: Connection) -> Judge:
    """Fills the small practices; the large one listens."""
    practice = await open_practice(small)
    await practice.add_appointment("of_therapist", "therapist")
    await practice.add_person("associate_trainee", "associate_trainee")
    await practice.add_person("newcomer")
    await practice.add_person("on_leave", "front_desk", is_active=False)
    scenes = dict(practice.people)
    shown_to: dict[UUID, tuple[str, ...]] = {scenes[role]: (role,) for role in ROLES}
    both = ("therapist", "billing_staff")
    shown_to[await practice.add_person("shown to two roles", *both)] = both
    shown_to[await practice.add_person("shown to nobody")] = ()
    shown_to[await practice.add_person("shown to inactive", "front_desk", is_active=False)] = ()
    practice.people = scenes
    scenarios = find_scenarios({"raci": practice, "emergency": await open_guarded_practice(guarded)})
    judge = Judge(cells, recordings.on(cells.population), practice, scenarios, shown_to)
    await judge.listen()
    return judge


async def learn(judges: list[Judge], mutants: list[Mutant]) -> None:
    """What calls what, if a mutant is a function: learnt by one judge, known by all."""
    if any(mutant.called for mutant in mutants):
        await judges[0].learn()
        for judge in judges[1:]:
            judge.learn_from(judges[0])


async def judge_all(
    judges: list[Judge], mutants: list[Mutant], verdicts: dict[str, str], tell: Callable[[str, str], None]
) -> None:
    """Each judge takes the next mutant without a verdict; who noticed something is tried alone at the end."""
    waiting = iter([mutant for mutant in mutants if str(mutant) not in verdicts])

    async def work(judge: Judge) -> None:
        for mutant in waiting:
            killer = verdicts[str(mutant)] = await judge.find_killer(mutant)
            tell(str(mutant), killer)
        assert not (liars := await judge.find_liars()), liars

    async with asyncio.TaskGroup() as group:
        for judge in judges:
            group.create_task(work(judge))


def choose(mutants: list[Mutant], seed: int, sample: int, only: str = "") -> list[Mutant]:
    """Those whose name holds `only`; of these so many by seed, of every kind if there is room."""
    chosen = [mutant for mutant in mutants if only in str(mutant)]
    if not sample:
        return chosen
    random.Random(seed).shuffle(chosen)  # noqa: S311  (the same for the same seed is the point)
    firsts = list({mutant.kind: mutant for mutant in reversed(chosen)}.values())
    return [*firsts, *(mutant for mutant in chosen if mutant not in firsts)][:sample]


def read_verdicts(path: Path, mutants: list[Mutant]) -> dict[str, str]:
    """Of an earlier run, what was noticed; survivors are tried again."""
    if not path.exists():
        return {}
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    statements = {str(mutant): "\n".join(mutant.statements) for mutant in mutants}
    return {
        line["mutant"]: line["killer"]
        for line in lines
        if line["killer"] and statements.get(line["mutant"]) == line["statements"]
    }


__all__ = [
    "Report",
    "choose",
    "find_mutants",
    "judge_all",
    "learn",
    "open_judges",
    "read_reviewed",
    "read_verdicts",
]
