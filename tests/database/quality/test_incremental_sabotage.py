"""The proof of incremental passes fails for each part that is taken out of them.

On demand: MENTALSPACE_FULL=1.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from random import Random

import pytest
import pytest_asyncio
from tests.conftest import Server
from tests.database.quality.histories import KINDS, World
from tests.database.quality.test_incremental import LONG, MORE, TABLES, install, prove, small

from mentalspace.database.connection import Connection, connect

pytestmark = pytest.mark.skipif(not LONG, reason="on demand: MENTALSPACE_FULL=1")
MOST = 300
ENDS = ("time", "begin", "commit", "rollback", "undone", "pass")
# A trigger that is dropped is noticed, and all rows are read: what is taken out leaves the catalog as it is.
_WITHOUT = """
do $$
begin
  execute (
    select string_agg(replace(pg_get_functiondef(oid), {old}, {new}), ';')
    from pg_proc where pronamespace = 'governance'::regnamespace and proname like {names}
  );
end
$$;
"""


def without(old: str, new: str, names: str = "capture_%_changes") -> str:
    """SQL that changes the text of functions."""
    quoted = ("'" + each.replace("'", "''") + "'" for each in (old, new, names))
    return _WITHOUT.format(**dict(zip(("old", "new", "names"), quoted, strict=True)))


def unwatched(condition: str) -> str:
    """SQL that takes watches out of the registry."""
    return f"""
    update governance.quality_checks set incremental = jsonb_set(incremental, '{{watches}}', (
      select jsonb_agg(watch) from jsonb_array_elements(incremental -> 'watches') as watch
      where not ({condition})
    )) where kind = 'cross'
    """


MATCHING = """
watch ->> 'rows' = 'changed' and watch ->> 'source' not like '%left join%'
and watch ->> 'source' not like '% as twin %'
"""
CHANGES = "from governance.quality_changes as change"
TAKING = "  delete from governance.quality_changes;"
SABOTAGE = {
    "deletes are not captured": without("from old_rows as", "from (select * from old_rows where false) as"),
    "inserts are not captured": without("from new_rows as", "from (select * from new_rows where false) as"),
    "rows are captured as they are, not as they were": without(
        "from old_rows except select", "from old_rows where false except select"
    ),
    "rows are captured as they were, not as they are": without(
        "from new_rows except select", "from new_rows where false except select"
    ),
    "a truncated table is not noticed": without(
        "if tg_op = 'INSERT' then", "if tg_op = 'TRUNCATE' then return null; elsif tg_op = 'INSERT' then"
    ),
    "time changes nothing": without("'boundaries') as boundary", "'nothing') as boundary", "judge_by_time"),
    "only the present boundary is looked at": without(
        "min(state.settled_at)", "max(governance.quality_clock())", "judge_by_time"
    ),
    "rows of other tables change nothing": unwatched(MATCHING),
    "twins that come change nothing": unwatched("watch ->> 'source' like '% as twin %'"),
    "twins that go change nothing": unwatched("watch ->> 'rows' = 'failing'"),
    "numbers are kept whatever changes": without("kind = 'value'", "kind = 'nothing'", "judge_changed"),
    "changes are consumed up to the greatest number seen": without(
        TAKING,
        "perform setval('public.passed', greatest("
        "(select max(id) from governance.quality_changes), (select last_value from public.passed)));"
        + TAKING,
        "take_quality_changes",
    )
    + without(
        CHANGES,
        "from (select * from governance.quality_changes where id > (select last_value from public.passed)) "
        "as change",
        "take_quality_changes",
    ),
}


@pytest_asyncio.fixture(loop_scope="session")
async def fresh_world(server: Server, migrated_template: str) -> AsyncIterator[tuple[str, World]]:
    async with server.cloned(migrated_template) as url:
        async with connect(url) as connection:
            statements = TABLES + MORE + "create sequence public.passed minvalue 0 start 0;"
            await connection.execute(statements.encode())
            world = await install(connection, *small())
        yield url, world


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", SABOTAGE)
async def test_what_is_taken_out_is_missed(fresh_world: tuple[str, World], name: str) -> None:
    url, world = fresh_world
    async with connect(url) as connection:
        await sabotage(connection, SABOTAGE[name])
    with pytest.raises(AssertionError, match="assert"):
        await play_many(url, world)


async def play_many(url: str, world: World) -> None:
    for seed in range(MOST):
        await prove(url, world, random_history(seed))


async def sabotage(connection: Connection, statements: str) -> None:
    before = await _fingerprint(connection)
    await connection.execute(statements.encode())
    assert await _fingerprint(connection) != before, "nothing was taken out"


async def _fingerprint(connection: Connection) -> str:
    row = await (
        await connection.execute("""
        select md5(
          (select string_agg(prosrc, '' order by oid) from pg_proc
            where pronamespace = 'governance'::regnamespace)
          || (select string_agg(incremental::text, '' order by table_name, name)
            from governance.quality_checks)
        ) as mark
        """)
    ).fetchone()
    return str(row["mark"]) if row else ""


def random_history(seed: int) -> list[tuple[str, int]]:
    random = Random(seed)  # noqa: S311  (repeats itself)
    return [(random.choice((*KINDS, *KINDS, *ENDS)), random.randrange(2**32)) for _ in range(16)]
