"""One client and one therapist."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.charts import add_person
from tests.database.practice.rows import insert

from mentalspace.database.connection import Connection


@pytest.fixture
async def therapist(connection: Connection) -> UUID:
    return await add_person(connection)


@pytest.fixture
async def client(connection: Connection) -> UUID:
    return await insert(
        connection, "clients", first_name="Client", last_name="One", date_of_birth="1990-02-03"
    )
