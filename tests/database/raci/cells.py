"""The people tests as questions: what a person sees, reaches or changes in a table against the YAML.

Every question answers with what is wrong; nothing is left behind. What the oracle expects is worked out once
for each person and table, so that the same can be asked again of a database that was tampered with.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from tests.database.raci.attempts import (
    VISITOR,
    Attempt,
    find_attempts,
    find_changes,
    find_inserts,
    find_recognised,
    read_as,
    sample,
    try_all,
)
from tests.database.raci.oracle import ASTRAY, DENIED, SILENT, Oracle, Passed, Person, Refused, Row
from tests.database.raci.population import SUBJECTS, Population, key_column
from tests.people import acting_as

from mentalspace.database.connection import Connection

HOLDER = re.compile(r"(\w+) \(([RACI,]+), (\w+)\)")
REFUSED_TASK = re.compile(
    r"42501 (?P<task>[\w.]+) is not permitted to you on this row of \w+ "
    r"Task (?P=task)\. You hold: (?P<held>.+)\. Performed by: (?P<holders>.+)\. Ask one of them\."
)
REFUSED_BY_GUARD = re.compile(
    r"42501 (no task covers|nobody performs|[\w.]+ (is not permitted to you|does not cover this value))"
)

WHOLE = slice(None)


@dataclass(repr=False)
class Cells:
    """Questions about one population, and how many cells were asked about."""

    population: Population
    counts: dict[str, int] = field(default_factory=dict)
    _reads: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    _silent: dict[tuple[str, str], Mapping[str, list[str]]] = field(default_factory=dict)
    _attempts: dict[tuple[str, str], list[Attempt]] = field(default_factory=dict)

    def on(self, connection: Connection) -> Cells:
        """The same expectations of the same rows in another database."""
        other = Population(connection, self.population.oracle)
        other.__dict__ |= {**self.population.__dict__, "connection": connection}
        return Cells(other, {}, self._reads, self._silent, self._attempts)

    async def find_wrong_reads(self, subject: str, table: str) -> list[str]:
        """Keys that the person sees and should not, or the reverse."""
        person, rows = self._person(subject), self.population.rows[table]
        if (subject, table) not in self._reads:
            may_read = self.population.oracle.may_read
            self._reads[subject, table] = {key for key, row in rows.items() if may_read(person, table, row)}
        self._count("select", len(rows))
        seen = await read_as(self.population.connection, person, table)
        if person.is_visitor:
            return [] if seen is None else [f"{table} is open to visitors"]
        return sorted((seen or set()) ^ self._reads[subject, table])

    async def find_reached(self, subject: str, table: str) -> list[str]:
        """Updates and deletes that affect rows which the person must not reach, whatever is changed."""
        wrong = []
        for command, keys in self._find_silent(subject, table).items():
            self._count(command, len(keys))
            person = self._person(subject)
            if keys and await affect(self.population.connection, person, table, command, keys):
                wrong.append(f"{command} of {table} reaches rows that it should not")
        return wrong

    async def find_reached_blindly(self, table: str) -> list[str]:
        """What an update that names no row reaches: exactly what the person may change, nothing deleted.

        Nothing is read, so that the policy of updates decides alone. Asked of who reaches some, and least.
        """
        rows, columns = self.population.rows[table], self.population.columns[table]
        # What a client is not shown of their chart is a rule of reading; changes of it the guard refuses.
        is_shown_in_part = "client_sees" in self.population.oracle.ownership[table]
        if "updated_at" not in columns or not self._is_changed(table) or is_shown_in_part:
            return []
        left = {subject: len(self._find_silent(subject, table)["update"]) for subject in SUBJECTS}
        subject = max(left, key=lambda each: left[each] if left[each] < len(rows) else -1)
        async with acting_as(self.population.connection, self._person(subject).id) as session:
            cursor = await session.execute(f"update public.{table} set updated_at = now()".encode())
        self._count("update", cursor.rowcount)
        expected = len(rows) - left[subject]
        return [] if cursor.rowcount == expected else [f"{subject} reaches {cursor.rowcount}, not {expected}"]

    def _is_changed(self, table: str) -> bool:
        return any(part.command == "update" for part in self.population.oracle.parts[table])

    async def find_wrong_answers(self, subject: str, table: str, part: slice = WHOLE) -> list[str]:
        """Changes, or a part of them, that are not refused, silent or done as the oracle says."""
        attempts, person = self.list_attempts(subject, table)[part], self._person(subject)
        self._count(table, len(attempts))
        answers = await try_all(self.population.connection, person, attempts)
        return [
            f"{attempt.said}: expected {attempt.expected}, got {answer}"
            for attempt, answer in zip(attempts, answers, strict=True)
            if not is_as_expected(self.population.oracle, person, attempt, answer)
        ]

    def list_attempts(self, subject: str, table: str) -> list[Attempt]:
        """What the person tries there, refusals first."""
        if (subject, table) not in self._attempts:
            found = find_attempts(self.population, subject, table)
            attempts = sample(self.population, subject, table, list(found))
            attempts.sort(key=lambda each: isinstance(each.expected, Passed))
            self._attempts[subject, table] = attempts
        return self._attempts[subject, table]

    async def find_unguarded(self, table: str) -> list[str]:
        """What the guard alone lets pass where nothing stands in front of it, or keeps the system from."""
        population = self.population
        key, old = next(iter(population.rows[table].items()))
        tried = [("update", key, values) for values in islice(find_changes(population, table, old, 0), 3)]
        tried += [("update", key, values) for key, values in find_recognised(population, table)]
        tried += [("delete", key, {})]
        tried += [("insert", "", values) for values in islice(find_inserts(population, table, old), 1)]
        wrong = []
        nobody = population.people["no role"].id
        for user, role in ((nobody, "authenticated"), (None, "anon")):
            for answer in await self._try_as(user, role, "attempt_as_owner(%s, %s, %s, %s)", table, tried):
                if not REFUSED_BY_GUARD.match(answer):
                    wrong.append(f"{role} through a function of the owner on {table}: {answer}")
        # Other rules may be in the way of the system; the guard and what it gives back may not.
        for role in ("service_role", "none"):
            for answer in await self._try_as(None, role, "attempt(%s, %s, %s, %s, '{}')", table, tried):
                if answer == "rows 0" or REFUSED_BY_GUARD.match(answer):
                    wrong.append(f"{role} on {table}: {answer}")
        return wrong

    async def _try_as(
        self, user: str | None, role: str, call: str, table: str, tried: list[tuple[str, str, Row]]
    ) -> list[str]:
        answers = []
        async with acting_as(self.population.connection, user, role) as session:
            for command, key, values in tried:
                given = (command, table, key, json.dumps(dict(values)))
                cursor = await session.execute(f"select public.{call} as answer".encode(), given)
                answers += [row["answer"] for row in await cursor.fetchall()]
        return answers

    def _person(self, subject: str) -> Person:
        return self.population.people.get(subject, VISITOR)

    def _count(self, what: str, number: int) -> None:
        self.counts[what] = self.counts.get(what, 0) + number

    def _find_silent(self, subject: str, table: str) -> Mapping[str, list[str]]:
        if (subject, table) not in self._silent:
            person, rows, oracle = self._person(subject), self.population.rows[table], self.population.oracle
            judges = {
                "update": lambda row: oracle.judge_update(person, table, row, row),
                "delete": lambda row: oracle.judge_delete(person, table, row),
            }
            self._silent[subject, table] = {
                command: [key for key, row in rows.items() if judge(row) == SILENT]
                for command, judge in judges.items()
            }
        return self._silent[subject, table]


async def affect(connection: Connection, person: Person, table: str, command: str, keys: list[str]) -> int:
    """Rows that one statement of the person on these rows affects."""
    key, column = key_column(table), "description" if table == "service_codes" else "id"
    statement = {
        "update": f"update public.{table} set {column} = {column} where {key}::text = any (%s)",
        "delete": f"delete from public.{table} where {key}::text = any (%s)",
    }[command]
    async with acting_as(connection, person.id):
        return (await connection.execute(statement.encode(), (keys,))).rowcount


def is_as_expected(oracle: Oracle, person: Person, attempt: Attempt, answer: str) -> bool:
    """Whether Postgres did what the oracle says; a refusal names one of the tasks, or what none covers."""
    if attempt.expected == DENIED:
        return answer.startswith("42501 permission denied for table")
    if attempt.expected == SILENT:
        return answer == "rows 0"
    if isinstance(attempt.expected, Passed):
        return answer == "rows 1"
    if attempt.expected == ASTRAY:
        return answer.startswith("42501 ") and ("of the same chart" in answer or "do not treat" in answer)
    assert isinstance(attempt.expected, Refused)
    if not attempt.expected.tasks:
        return answer.startswith(("42501 no task covers", "42501 new row violates row-level security"))
    named = any(f"Task {task}. " in answer for task in attempt.expected.tasks)
    is_self = answer.startswith("42501 nobody performs ")
    return (
        answer.startswith("42501 ")
        and named
        and is_self == attempt.expected.for_themselves
        and says_whose_it_is(oracle, person, answer)
    )


def says_whose_it_is(oracle: Oracle, person: Person, answer: str) -> bool:
    """Whether a refusal for lack of duty tells what the person holds, and who performs the task."""
    if not (refusal := REFUSED_TASK.fullmatch(answer)):
        return " is not permitted to you " not in answer
    cells = oracle.cells[refusal["task"]]
    held = {_describe(role, cells.get(role)) for role in person.roles}
    holders = {(role, *cell) for role, cell in cells.items() if {"R", "A"} & set(cell[0])}
    named = HOLDER.findall(refusal["holders"])
    accountable_first = "A" in named[0][1] or not any("A" in each[1] for each in holders)
    return (
        set(refusal["held"].split(", ")) == (held or {"no role"})
        and len(named) == len(holders)
        and set(named) == holders
        and accountable_first
    )


def _describe(role: str, cell: tuple[str, str] | None) -> str:
    return f"{role} {cell[0]} ({cell[1]})" if cell else f"{role} -"
