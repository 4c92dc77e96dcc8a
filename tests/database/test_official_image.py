"""The same migrations on Supabase's own PostgreSQL image, where there is a Docker engine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from mentalspace.database.connection import connect
from mentalspace.devstack import workspace

ROOT = Path(__file__).parents[2]
IMAGE = "supabase/postgres:17.6.1.136"
READY = "select not rolsuper as is_ready from pg_roles where rolname = current_user"
ROLES = """
select rolname, rolsuper, rolinherit, rolcreaterole, rolcanlogin, rolbypassrls, rolreplication
from pg_roles where rolname = any(%s) order by rolname
"""
COMPARED = ["anon", "authenticated", "authenticator", "postgres", "service_role", "supabase_auth_admin"]

HAS_ENGINE = "DOCKER_HOST" in os.environ or Path("/var/run/docker.sock").exists()

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]


@pytest.fixture
async def official_url() -> AsyncIterator[str]:
    container: Any = pytest.importorskip(
        "testcontainers.core.container", reason="needs `pip install mentalspace[docker]`"
    )
    if not HAS_ENGINE:
        pytest.skip("no Docker engine; start one, or name it by DOCKER_HOST")
    image = (
        container.DockerContainer(IMAGE).with_env("POSTGRES_PASSWORD", "postgres").with_exposed_ports(5432)
    )
    with image:
        url = f"postgresql://postgres:postgres@127.0.0.1:{image.get_exposed_port(5432)}/postgres"
        await _until_ready(url)
        yield url


async def _until_ready(url: str) -> None:
    """The image starts, makes its roles, takes superuser from `postgres`, and restarts."""
    async with asyncio.timeout(300):
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(url) as connection:
                    row = await (await connection.execute(READY)).fetchone()
                    if row and row[0]:
                        return
            except psycopg.OperationalError:
                pass
            await asyncio.sleep(1)


async def test_migrations_apply_and_roles_are_alike(official_url: str, empty_database_url: str) -> None:
    async with connect(official_url) as official, connect(empty_database_url) as ours:
        theirs = await (await official.execute(ROLES, (COMPARED,))).fetchall()
        assert await (await ours.execute(ROLES, (COMPARED,))).fetchall() == theirs
        assert await workspace.migrate(official, ROOT)
