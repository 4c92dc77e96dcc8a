"""Is a mutant noticed: the questions of the tests, asked of a database with one thing wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import psycopg
from tests.database.raci.attempts import TABLES
from tests.database.raci.cells import Cells
from tests.database.raci.population import SUBJECTS
from tests.database.raci.practice import Practice
from tests.database.raci.privileges import find_wrong_privileges
from tests.database.raci.shown import find_wrong_answers, find_wrong_rows
from tests.mutation.mutant import Mutant
from tests.mutation.scenarios import Scenario

from mentalspace.database.connection import Connection

Question = Callable[[], Awaitable[Sequence[str]]]
# One table of every kind: with owner and client, owner alone, client alone, nobody's, and with what nobody
# does for themselves. What decides for all tables is asked about on these.
TYPICAL = (
    *("appointments", "clinical_notes", "clients", "user_roles", "profiles", "blocked_times"),
    *("client_portal_messages", "service_codes", "supervision_relationships", "payment_records"),
)
ORDER = {
    "reads": ("reads", "answers", "reached"),
    "reached": ("reached", "answers", "reads"),
    "answers": ("answers", "reached", "reads"),
}
LIMIT = "set local statement_timeout = '60s'; set local client_min_messages = 'error'"


@dataclass(repr=False)
class Judge:
    """Two databases with the same mutant: a large practice, asked cell by cell; a small one, for scenarios.

    `shown_to` are people of the small one with their roles; they are in no scenario.
    """

    cells: Cells
    practice: Practice
    scenarios: list[Scenario]
    shown_to: Mapping[UUID, tuple[str, ...]]
    _touched: dict[str, frozenset[str]] = field(default_factory=dict)
    # Who noticed the last mutant of a table is asked first about the next one.
    _recent: dict[str, list[str]] = field(default_factory=dict)

    async def find_killer(self, mutant: Mutant) -> str:
        """What noticed the mutant; nothing if it survives. Both databases stay as they were."""
        try:
            async with mutated(self.cells.population.connection, mutant):
                killer = await self._ask_cells(mutant)
            if killer:
                return killer
            async with mutated(self.practice.connection, mutant):
                return await self._ask_scenarios(mutant)
        except psycopg.errors.IntegrityError:
            return "a constraint"

    async def listen(self) -> None:
        """Keep the scenarios that say nothing where nothing is wrong, and note what each comes near."""
        self.scenarios = [each for each in self.scenarios if not await each.run(self.practice)]
        assert len(self.scenarios) > 80, [each.name for each in self.scenarios]
        for scenario in self.scenarios:
            self._touched[scenario.name] = await scenario.find_tables(self.practice)

    async def _ask_cells(self, mutant: Mutant) -> str:
        tables = TYPICAL if mutant.tables is None else [each for each in mutant.tables if each in TABLES]
        for what in ORDER[mutant.first]:
            for table in tables:
                for subject in self._subjects(mutant, table):
                    if await _notices(self._cell(what, subject, table)):
                        self._recent[table].remove(subject)
                        self._recent[table].insert(0, subject)
                        return f"people: {what}"
        for table in tables:
            if await _notices(partial(self.cells.find_unguarded, table)):
                return "people: guarding"
        return ""

    def _subjects(self, mutant: Mutant, table: str) -> list[str]:
        """Whom the mutant may concern; who noticed the last one of the table first."""
        recent = self._recent.setdefault(table, [*SUBJECTS, "visitor"])
        if not mutant.role:
            return list(recent)
        return [each for each in recent if mutant.role in SUBJECTS.get(each, ("anon",))]

    def _cell(self, what: str, subject: str, table: str) -> Question:
        ask = {
            "reads": self.cells.find_wrong_reads,
            "reached": self.cells.find_reached,
            "answers": self.cells.find_wrong_answers,
        }[what]
        return partial(ask, subject, table)

    async def _ask_scenarios(self, mutant: Mutant) -> str:
        practice = self.practice
        if await _notices(partial(find_wrong_rows, practice.connection, next(iter(self.shown_to)))):
            return "raci_matrix: rows"
        for person, roles in self.shown_to.items():
            if await _notices(partial(find_wrong_answers, practice.connection, person, *roles)):
                return "raci_matrix: duties"
        if await _notices(partial(find_wrong_privileges, practice.connection)):
            return "privileges"
        for scenario in self._choose(mutant):
            if said := await scenario.run(practice):
                self.scenarios.remove(scenario)
                self.scenarios.insert(0, scenario)
                return said
        return ""

    def _choose(self, mutant: Mutant) -> list[Scenario]:
        """Scenarios that come near what is wrong; who noticed something last is asked first."""
        if mutant.tables is None:
            return list(self.scenarios)
        return [each for each in self.scenarios if self._touched[each.name] & set(mutant.tables)]


@asynccontextmanager
async def mutated(connection: Connection, mutant: Mutant) -> AsyncIterator[None]:
    """The mutant is there inside; afterwards it never was."""
    async with connection.transaction(force_rollback=True):
        await connection.execute(LIMIT.encode())
        for statement in mutant.statements:
            await connection.execute(statement.encode())
        yield


async def _notices(ask: Question) -> bool:
    """A question that cannot even be asked any more has noticed."""
    try:
        return bool(await ask())
    except psycopg.Error:
        return True
