"""One small practice for the tests of a module, as it was before each of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from tests.conftest import Server
from tests.database.raci.practice import Practice, open_practice

from mentalspace.database.connection import connect


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened_practice(server: Server, migrated_template: str) -> AsyncIterator[Practice]:
    async with server.cloned(migrated_template) as url, connect(url) as connection:
        yield await open_practice(connection)


@pytest_asyncio.fixture(loop_scope="module")
async def practice(opened_practice: Practice) -> AsyncIterator[Practice]:
    """A practice in a transaction, of which nothing stays."""
    async with opened_practice.lent() as practice:
        yield practice
