"""Scratch tables with contracts of their own, registered and evaluated in a clone."""

from __future__ import annotations

from tests.small_contracts import compile_small

from mentalspace.database.connection import Connection
from mentalspace.quality.render_sql import render_registration
from mentalspace.quality.result import CheckResult
from mentalspace.quality.runner import Reading, evaluate

# Somebody who may run checks and read nothing, until rights are granted. Belongs in a transaction.
READER = """
create role quality_reader nologin;
grant usage on schema governance, public to quality_reader;
grant select on governance.quality_checks to quality_reader;
grant execute on all functions in schema governance to quality_reader;
create policy everything on governance.quality_checks for select using (true);
grant quality_reader to postgres with set true, inherit false;
"""


async def register(connection: Connection, *contracts: str) -> None:
    """Make the registry say what these contracts say, and nothing else."""
    await connection.execute(render_registration(compile_small(*contracts)).encode())


async def check(
    connection: Connection, *tables: str, trust: bool = True, seconds: float = 60, keys: int = 20
) -> dict[str, CheckResult]:
    """Evaluate the checks of the tables; results by the rule's name."""
    reading = Reading(trust=trust, timeout_seconds=seconds, key_limit=keys)
    names = [f"public.{table}" for table in tables]
    evaluation = await evaluate(connection, names, reading)
    return {result.name: result for result in evaluation.results}


def summary(results: dict[str, CheckResult]) -> dict[str, object]:
    """Per rule the count of failures, or the error."""
    return {
        name: result.failures if result.error_code is None else result.error_code
        for name, result in results.items()
    }
