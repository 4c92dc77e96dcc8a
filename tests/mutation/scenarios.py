"""Tests of the suite as questions: those that need nothing but a small practice, in a transaction."""

from __future__ import annotations

import importlib
import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from tests.database.raci.practice import Practice

DATABASE = Path(__file__).parents[1] / "database"
TOUCHED = """
select relname::text as name, seq_scan + coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd + n_tup_del as times
from pg_catalog.pg_stat_xact_user_tables
where schemaname = 'public'
"""


@dataclass(frozen=True)
class Scenario:
    """One test with one set of parameters, and the practice that it needs."""

    name: str
    test: Callable[..., Awaitable[None]]
    arguments: dict[str, Any]
    practice: Practice

    async def run(self) -> str:
        """What is wrong, or nothing; leaves nothing behind."""
        practice = self.practice
        people, clients = dict(practice.people), dict(practice.clients)
        try:
            async with practice.connection.transaction(force_rollback=True):
                await self.test(practice, **self.arguments)
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  (a test fails by any)
            return f"{self.name}: {type(error).__name__}"
        finally:
            practice.people, practice.clients = people, clients
        return ""

    async def find_tables(self) -> frozenset[str] | None:
        """The tables that it reads or writes; None if it says something."""
        before = await self._count()
        if await self.run():
            return None
        return frozenset((await self._count() - before).keys())

    async def _count(self) -> Counter[str]:
        """How often each table was read or written in this transaction."""
        rows = await (await self.practice.connection.execute(TOUCHED.encode())).fetchall()
        return Counter({row["name"]: row["times"] for row in rows})


def find_scenarios(practices: Mapping[str, Practice]) -> list[Scenario]:
    """Every test of these folders of `tests/database` that needs a practice and nothing else."""
    return [
        scenario
        for folder, practice in practices.items()
        for path in sorted((DATABASE / folder).glob("test_*.py"))
        for scenario in _read(f"tests.database.{folder}.{path.stem}", practice)
    ]


def _read(module_name: str, practice: Practice) -> Iterator[Scenario]:
    module = importlib.import_module(module_name)
    for name, test in vars(module).items():
        if not name.startswith("test_") or not inspect.iscoroutinefunction(test) or _compares(test):
            continue
        sets = list(_parameters(test))
        wanted = set(inspect.signature(test).parameters) - set(sets[0] if sets else ())
        if wanted == {"practice"} and not hasattr(test, "hypothesis"):
            for number, arguments in enumerate(sets):
                title = f"{module_name.removeprefix('tests.')}.{name}[{number}]"
                yield Scenario(title, test, arguments, practice)


def _compares(test: Callable[..., Awaitable[None]]) -> bool:
    """Whether it compares the database with what is compiled, so that every mutant is one to it."""
    return "find_drift" in test.__code__.co_names


def _parameters(test: Callable[..., Awaitable[None]]) -> Iterator[dict[str, Any]]:
    """Arguments as `pytest.mark.parametrize` gives them, of all marks together."""
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    columns = [list(_of_mark(*mark.args[:2])) for mark in marks]
    for chosen in product(*columns):
        yield {name: value for part in chosen for name, value in part.items()}


def _of_mark(names: str | tuple[str, ...], values: Any) -> Iterator[dict[str, Any]]:
    split = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    for value in values:
        yield dict(zip(split, value, strict=True)) if len(split) > 1 else {split[0]: value}
