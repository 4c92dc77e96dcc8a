"""The benchmark at a tiny scale: ours and the SQL written by hand count the same, and what was planted."""

from __future__ import annotations

from benchmarks.quality.floor import count_by_hand
from benchmarks.quality.measure import compare
from benchmarks.quality.practice import Scale, constrain, keep_checks, load, plant
from benchmarks.quality.rules import DEFECTS, RULES
from tests.conftest import Server

from mentalspace.database.connection import connect
from mentalspace.quality.passes import check_changes
from mentalspace.quality.runner import evaluate, find_tables


async def test_ours_counts_what_is_counted_by_hand(server: Server, migrated_template: str) -> None:
    async with server.cloned(migrated_template) as url:
        name = url.rpartition("/")[2]
        async with connect(url) as connection:
            await keep_checks(connection, RULES)
        forbidden = await load(url, server.superuser(name), Scale(1000))
        async with server.cloned(name) as whole:
            await plant(url)
            assert await count(url) == {defect.rule: defect.failures for defect in DEFECTS}
            await constrain(whole, forbidden)
            allowed = {defect.rule: defect.failures * defect.allowed for defect in DEFECTS}
            assert await count(whole) == allowed


async def count(url: str) -> dict[str, int]:
    """Failures by hand, after all ways of ours have agreed."""
    async with connect(url) as connection:
        counts = await count_by_hand(connection)
        tables = await find_tables(connection)
        compare(counts, await evaluate(connection, tables))
        compare(counts, await check_changes(connection, tables))
    return counts
