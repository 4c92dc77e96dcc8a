"""Is a mutant noticed: the questions of the tests, asked of a database with one thing wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from uuid import UUID

import psycopg
from tests.database.raci.cells import Cells
from tests.database.raci.practice import Practice
from tests.database.raci.recordings import Recordings
from tests.mutation.mutant import Mutant
from tests.mutation.questions import LATE, Question, list_of_table, list_shown, of_scenario
from tests.mutation.scenarios import Scenario

from mentalspace.database.connection import Connection

# One table of every kind: with owner and client, owner alone, client alone, nobody's, and with what nobody
# does for themselves. What decides for all tables is asked about on these.
TYPICAL = (
    *("appointments", "clinical_notes", "clients", "user_roles", "profiles", "blocked_times"),
    *("client_portal_messages", "service_codes", "supervision_relationships", "payment_records"),
)
# So many turns of it: the first attempts of each person, and what is recorded of people.
MANY = 4
NOTHING = Mutant("nothing", "changed", ())
CALLED = """
select funcname::text as name, sum(calls)::integer as times
from pg_catalog.pg_stat_xact_user_functions
where schemaname in ('governance', 'public')
group by 1
"""
# Prepares statements of its session, which no transaction takes back.
APART = "test_cached_plans"
LIMIT = "set local statement_timeout = '60s'; set local client_min_messages = 'error'"


@dataclass(repr=False)
class Judge:
    """Databases with the same mutant: a large practice, asked by cells; small ones, for scenarios."""

    cells: Cells
    recordings: Recordings
    practice: Practice
    scenarios: list[Scenario]
    shown_to: Mapping[UUID, tuple[str, ...]]
    _touched: dict[str, frozenset[str]] = field(default_factory=dict)
    _of_table: dict[str, list[Question]] = field(default_factory=dict)
    # When each question noticed something last: mutants that follow each other are much alike.
    _noticed: dict[str, int] = field(default_factory=dict)
    _clock: count[int] = field(default_factory=lambda: count(1))
    _witnesses: dict[str, Question] = field(default_factory=dict)
    # The functions that each question comes to, once that was learnt.
    _called: dict[str, frozenset[str]] = field(default_factory=dict)

    async def find_killer(self, mutant: Mutant) -> str:
        """What noticed the mutant; nothing if it survives. The databases stay as they were."""
        try:
            async with AsyncExitStack() as stack:
                mutated_ones: set[int] = set()
                for question in self._order(mutant):
                    if id(question.connection) not in mutated_ones:
                        await stack.enter_async_context(mutated(question.connection, mutant))
                        mutated_ones.add(id(question.connection))
                    if await question.notices():
                        self._noticed[question.name] = next(self._clock)
                        self._witnesses[question.name] = question
                        return question.name
        except psycopg.errors.IntegrityError:
            return "a constraint"
        return ""

    async def listen(self) -> None:
        """Note what each scenario comes near; all say nothing where nothing is wrong."""
        async with self._mutated(NOTHING):
            for scenario in self.scenarios:
                tables = await scenario.find_tables()
                if tables is not None:
                    self._touched[scenario.name] = tables
        lost = [each.name for each in self.scenarios if each.name not in self._touched]
        assert not [name for name in lost if APART not in name], lost
        self.scenarios = [each for each in self.scenarios if each.name in self._touched]

    async def learn(self) -> None:
        """Note which functions each question comes to, of those that are asked about a function."""
        async with self._mutated(NOTHING):
            for question in self._order(NOTHING):
                before = await count_calls(question.connection)
                await question.ask()
                self._called[question.name] = frozenset(await count_calls(question.connection) - before)
        assert len(self._ever_called) > 30, "track_functions is off"

    def learn_from(self, other: Judge) -> None:
        self._called = other._called

    async def find_liars(self) -> list[str]:
        """Questions that noticed something, and do so where nothing is wrong: their verdicts are void."""
        async with self._mutated(NOTHING):
            return [name for name, witness in self._witnesses.items() if await witness.notices()]

    @asynccontextmanager
    async def _mutated(self, mutant: Mutant) -> AsyncIterator[None]:
        small = {id(each.practice): each.practice.connection for each in self.scenarios}
        async with AsyncExitStack() as stack:
            for connection in (self.cells.population.connection, *small.values()):
                await stack.enter_async_context(mutated(connection, mutant))
            yield

    @cached_property
    def _shown(self) -> list[Question]:
        return list(list_shown(self.practice, self.shown_to))

    @cached_property
    def _scenes(self) -> list[Question]:
        return [of_scenario(each) for each in self.scenarios]

    def _order(self, mutant: Mutant) -> list[Question]:
        """Kinds that see such a mutant first, then who noticed something last, then by turns."""
        rank = {kind: number for number, kind in enumerate(mutant.first)}
        questions = [
            each
            for each in self._choose(mutant)
            if each.concerns(mutant.role) and (not mutant.seen_by or each.kind in mutant.seen_by)
            if self._comes_to(each, mutant.called)
            # What decides for all tables and columns shows in a part of each.
            if mutant.tables is not None or not MANY < each.turn < LATE
        ]
        return sorted(
            questions,
            key=lambda each: (rank.get(each.kind, len(rank)), -self._noticed.get(each.name, 0), each.turn),
        )

    def _comes_to(self, question: Question, function: str) -> bool:
        """What ends in a refusal is not counted as a call; scenarios are often about nothing else."""
        if not function or function not in self._ever_called:
            return True
        return question.kind == "scenario" or function in self._called.get(question.name, ())

    @cached_property
    def _ever_called(self) -> frozenset[str]:
        return frozenset().union(*self._called.values())

    def _choose(self, mutant: Mutant) -> Iterator[Question]:
        """Whatever comes near what is wrong."""
        yield from self._shown
        for table in TYPICAL if mutant.tables is None else mutant.tables:
            if table not in self._of_table:
                self._of_table[table] = list(list_of_table(self.cells, self.recordings, table))
            yield from self._of_table[table]
        for question in self._scenes:
            if mutant.tables is None or self._touched[question.about] & set(mutant.tables):
                yield question


async def count_calls(connection: Connection) -> Counter[str]:
    """How often each function was called in this transaction."""
    rows = await (await connection.execute(CALLED.encode())).fetchall()
    return Counter({row["name"]: row["times"] for row in rows})


@asynccontextmanager
async def mutated(connection: Connection, mutant: Mutant) -> AsyncIterator[None]:
    """The mutant is there inside; afterwards it never was."""
    async with connection.transaction(force_rollback=True):
        await connection.execute(LIMIT.encode())
        for statement in mutant.statements:
            await connection.execute(statement.encode())
        yield
