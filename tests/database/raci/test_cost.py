"""The benchmark of the policies' cost, small: it asks what it says, and notices what is wrong."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from benchmarks.rls.__main__ import measure_all
from benchmarks.rls.cells import judge
from benchmarks.rls.expectations import Expectations
from benchmarks.rls.practice import ANONYMOUS, find_identities, populate
from benchmarks.rls.queries import QUERIES, Query
from benchmarks.rls.requests import Caller
from tests.conftest import Server

from mentalspace.database.connection import connect

# Twenty clients for each of ten clinicians: the least that fills the week that is asked for.
CLIENTS = 200
PAGE, COUNT, CHARGES = (QUERIES[number] for number in (3, 5, 6))


async def test_every_identity_is_shown_what_the_matrix_says(server: Server, migrated_template: str) -> None:
    async with server.cloned(migrated_template) as url:
        superuser = server.superuser(urlsplit(url).path.lstrip("/"))
        async with connect(superuser) as connection:
            await populate(connection, CLIENTS)
            expectations = await Expectations.read(connection)
            cells = await measure_all(expectations, superuser, rounds=1)
            assert [(cell.query, cell.role, cell.differs) for cell in cells if cell.differs] == []
            assert len(cells) == len(QUERIES) * 8
            assert {cell.reach for cell in cells} == {"all", "scoped", "none"}

            # Rows that are not those of the person are noticed, in the body and inside its rows.
            therapist, *_, desk, client, _ = await find_identities(connection)
            caller = Caller(superuser, with_policy=True)
            page, count, charges = (caller.ask(query, therapist) for query in (PAGE, COUNT, CHARGES))
            caller.close()
            assert await expectations.differs(PAGE, client, page)
            assert await expectations.differs(COUNT, client, count)
            assert await expectations.differs(CHARGES, replace(desk, client_id=therapist.client_id), charges)
            assert await expectations.differs(PAGE, replace(therapist, role=ANONYMOUS), page)


@pytest.mark.parametrize(
    ("query", "role", "reach", "taken", "missed"),
    [
        (PAGE, "front_desk", "all", 1.5, ""),
        (PAGE, "front_desk", "all", 1.6, "over 1.5×"),
        (PAGE, "therapist", "scoped", 15.0, ""),
        (PAGE, "therapist", "scoped", 15.1, "over 15 ms"),
        (PAGE, "therapist", "scoped", 50.1, "over 50 ms"),
        (CHARGES, "therapist", "scoped", 3.0, ""),
        (CHARGES, "therapist", "scoped", 3.1, "over 3×"),
        (COUNT, "therapist", "scoped", 500.0, ""),
        (COUNT, "front_desk", "all", 1.6, "over 1.5×"),
        (PAGE, ANONYMOUS, "none", 0.99, ""),
        (PAGE, ANONYMOUS, "none", 1.0, "over 1 ms"),
    ],
)
def test_a_cell_misses_its_target(query: Query, role: str, reach: str, taken: float, missed: str) -> None:
    assert judge(query, role, reach, taken, bare=1.0) == missed
