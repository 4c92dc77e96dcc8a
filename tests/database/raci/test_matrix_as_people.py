"""Every role, every table, every command, every scope, every transition, as the person; refusals first.

What must happen is read from the YAML by `oracle.py`; what happens is tried in Postgres, in the shape of a
PostgREST transaction, and undone. Every row is read; of the changes, the normal run tries some of every kind
(command, columns, transition, verdict) for each table and person, always the same ones. MENTALSPACE_FULL=1
tries all.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.conftest import Server
from tests.database.raci.attempts import IS_FULL, TABLES
from tests.database.raci.cells import Cells
from tests.database.raci.population import SUBJECTS, populate
from tests.database.raci.recordings import Recordings, listen
from tests.mutation.enumerating import find_mutants
from tests.mutation.run import choose, make_judge, read_reviewed

from mentalspace.database.connection import connect

# Tables with few cells: a sample of mutants of these is judged within seconds.
SMALL = {"blocked_times", "psychotherapy_notes", "service_codes", "session_recordings", "user_roles"}
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cells(server: Server, migrated_template: str) -> AsyncIterator[Cells]:
    url = await server.clone(migrated_template)
    async with connect(url) as connection:
        yield Cells(await populate(connection))
    await server.drop(url)


@pytest.mark.parametrize("subject", [*SUBJECTS, "visitor"])
async def test_reading(cells: Cells, subject: str) -> None:
    """Exactly the rows that a duty reaches, of all rows of the practice."""
    for table in TABLES:
        assert await cells.find_wrong_reads(subject, table) == [], f"{subject} reads {table}"


@pytest.mark.parametrize("subject", [*SUBJECTS, "visitor"])
@pytest.mark.parametrize("table", TABLES)
async def test_writing(cells: Cells, subject: str, table: str) -> None:
    """Every change of state, of every column, every insert and delete: refused, silent or done."""
    assert await cells.find_reached(subject, table) == []
    wrong = await cells.find_wrong_answers(subject, table)
    assert not wrong, f"{subject}: {len(wrong)}\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize("table", TABLES)
async def test_updating_without_reading(cells: Cells, table: str) -> None:
    """What the policy of updates lets through where that of reading has no say."""
    assert await cells.find_reached_blindly(table) == []


@pytest.mark.parametrize("table", TABLES)
async def test_guarding(cells: Cells, table: str) -> None:
    """The guard alone judges callers where policies do not, and leaves the system alone."""
    assert await cells.find_unguarded(table) == []


async def test_a_sample_of_mutants_is_noticed(cells: Cells, server: Server, migrated_template: str) -> None:
    """One thing wrong in the database at a time; `python -m tests.mutation` tries all."""
    urls = [await server.clone(migrated_template) for _ in range(2)]
    async with connect(urls[0]) as small, connect(urls[1]) as guarded:
        connection = cells.population.connection
        await listen(connection)
        recordings = Recordings(cells.population)
        judge = await make_judge(cells.on(connection), recordings, small, guarded)
        known = await find_mutants(small)
        reviewed = read_reviewed()
        assert set(reviewed) <= {str(mutant) for mutant in known}, "gone from the database, not from the file"
        small_ones = [each for each in known if each.tables and set(each.tables) <= SMALL]
        # Chosen of all, so that a review of one does not change which others are asked about.
        chosen = [each for each in choose(small_ones, seed=3, sample=12) if str(each) not in reviewed]
        survivors = [str(mutant) for mutant in chosen if not await judge.find_killer(mutant)]
        liars = await judge.find_liars()
    assert survivors == []
    assert liars == [], "noticed something where nothing is wrong"


async def test_count_of_cells(cells: Cells, capsys: pytest.CaptureFixture[str]) -> None:
    """Says how much was tried; last, so that the others have counted."""
    total = sum(cells.counts.values())
    with capsys.disabled():
        extent = "all" if IS_FULL else "sampled, MENTALSPACE_FULL=1 for all"
        print(f"\nRACI as people: {total} cells ({extent}): {cells.counts}")  # noqa: T201
    assert not total or total > len(SUBJECTS)
