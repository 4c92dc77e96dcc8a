"""What a database is asked to find out whether something is wrong with it: tests of the suite in parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from uuid import UUID

from tests.database.raci.attempts import TABLES
from tests.database.raci.cells import Cells
from tests.database.raci.population import SUBJECTS
from tests.database.raci.practice import Practice
from tests.database.raci.privileges import find_wrong_privileges
from tests.database.raci.recordings import SYSTEM, Recordings
from tests.database.raci.shown import find_wrong_answers, find_wrong_enforcements, find_wrong_rows
from tests.mutation.scenarios import Scenario

from mentalspace.database.connection import Connection

# Attempts that are asked about at once.
BATCH = 25
# After everything that is about one table.
LATE = 1000


@dataclass(frozen=True)
class Question:
    """Answers with what is wrong, or nothing. `turn`: when it is asked for the first time, small first."""

    kind: str
    about: str
    ask: Callable[[], Awaitable[object]]
    # Which database is asked.
    connection: Connection
    turn: int = 0
    # Who acts, where one person does.
    subject: str = ""

    @cached_property
    def name(self) -> str:
        return f"{self.kind}: {self.about}"

    def concerns(self, role: str) -> bool:
        """Whether a role's doing can show here."""
        return not role or not self.subject or role in SUBJECTS.get(self.subject, ("anon",))

    async def notices(self) -> bool:
        """A question that cannot even be asked any more has noticed."""
        try:
            return bool(await self.ask())
        except Exception:  # noqa: BLE001  (an answer that cannot be read is wrong too; liars are found at the end)
            return True


def list_of_table(cells: Cells, recordings: Recordings, table: str) -> Iterator[Question]:
    """What each person sees, reaches and changes in a table, what its guard refuses, and what is recorded."""
    if table not in TABLES:
        return
    asked = cells.population.connection
    for subject in [*SUBJECTS, "visitor"]:
        about = f"{table} {subject}"
        yield Question("reads", about, partial(cells.find_wrong_reads, subject, table), asked, 0, subject)
        yield Question("reached", about, partial(cells.find_reached, subject, table), asked, 1, subject)
        yield from _list_answers(cells, table, subject)
    yield Question("reached", f"{table} blindly", partial(cells.find_reached_blindly, table), asked, 2)
    yield Question("guarding", table, partial(cells.find_unguarded, table), asked, 3)
    for subject in sorted({performer for performer, *_ in recordings.list_performed(table)}):
        ask = partial(recordings.find_wrong_events, table, subject)
        yield Question("recorded", f"{table} {subject}", ask, asked, 5 if subject == SYSTEM else 4)


def _list_answers(cells: Cells, table: str, subject: str) -> Iterator[Question]:
    """Every so manieth attempt, so that each part has some of all kinds."""
    asked = cells.population.connection
    parts = -(-len(cells.list_attempts(subject, table)) // BATCH)
    for number in range(parts):
        ask = partial(cells.find_wrong_answers, subject, table, slice(number, None, parts))
        yield Question("answers", f"{table} {subject} {number + 1}/{parts}", ask, asked, 2 + number, subject)


def list_shown(practice: Practice, shown_to: Mapping[UUID, tuple[str, ...]]) -> Iterator[Question]:
    """The matrix as people are shown it, and what callers are granted. They are not in any scenario."""
    connection = practice.connection
    yield Question(
        "matrix", "rows", partial(find_wrong_rows, connection, next(iter(shown_to))), connection, LATE
    )
    enforced = partial(find_wrong_enforcements, connection)
    yield Question("matrix", "enforcements", enforced, connection, LATE)
    for number, (person, roles) in enumerate(shown_to.items()):
        ask = partial(find_wrong_answers, connection, person, *roles)
        yield Question("duties", f"{number} {' and '.join(roles)}", ask, connection, LATE)
    yield Question("privileges", "of callers", partial(find_wrong_privileges, connection), connection, LATE)


def of_scenario(scenario: Scenario) -> Question:
    return Question("scenario", scenario.name, scenario.run, scenario.practice.connection, LATE)
