"""A chart to be filled, and somebody else at work."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from tests.charts import Chart, open_chart

from mentalspace.database.connection import Connection, connect


@pytest.fixture
async def chart(connection: Connection) -> Chart:
    return await open_chart(connection)


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Connection]:
    """Somebody else at work in the same database."""
    async with connect(database_url) as opened:
        yield opened
