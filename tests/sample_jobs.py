"""Jobs for tests: each leaves a row in `public.effects`, a table that the tests make."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from mentalspace.database.connection import Connection
from mentalspace.errors import UnavailableError
from mentalspace.findings import Finding, Level
from mentalspace.jobs.job import Cron, Job, JobContext, Outcome
from mentalspace.jobs.ledger import Ledger
from mentalspace.settings import Settings

EVERY_MINUTE = Cron("* * * * *")
# Never due while a test runs, so that only what is asked for runs.
SELDOM = Cron("0 0 29 2 *")
EFFECTS = """
create table public.effects (run_id bigint not null, attempt integer not null);
"""


async def make_effects(connection: Connection) -> None:
    await connection.execute(EFFECTS)


async def register_long_ago(connection: Connection, database_url: str) -> None:
    """The jobs were announced years ago, so that their last slots count as missed."""
    await make_effects(connection)
    async with Ledger(database_url) as ledger:
        await ledger.register(JOBS, "America/New_York")
    await connection.execute("update governance.jobs set registered_at = now() - interval '4 years'")


async def count_effects(connection: Connection) -> int:
    rows = await (await connection.execute("select count(*) as number from public.effects")).fetchall()
    return int(rows[0]["number"])


async def lease_run(connection: Connection) -> JobContext:
    """A run of a job named `upkeep`, with the lease that transactions ask for."""
    await connection.execute("insert into governance.jobs values ('upkeep', '', '', 'UTC')")
    cursor = await connection.execute(
        "insert into governance.job_runs "
        "(job, scheduled_for, concurrency_key, status, worker, fencing_token, lease_until, started_at) "
        "values ('upkeep', now(), 'upkeep', 'running', 'w', 1, now() + interval '1 hour', now()) "
        "returning run_id"
    )
    row = await cursor.fetchone()
    assert row
    return JobContext(Settings(), connection, row["run_id"], datetime.now(UTC), 1)


async def leave_effect(context: JobContext) -> None:
    await context.connection.execute(
        "insert into public.effects (run_id, attempt) values (%s, %s)", (context.run_id, context.attempt)
    )


async def effect(context: JobContext) -> Outcome:
    async with context.transaction():
        await leave_effect(context)
    return Outcome("left an effect", data={"effects": 1})


async def hang_at_first(context: JobContext) -> Outcome:
    """Leaves its effect; the first attempt then hangs, before anything of it is committed."""
    await leave_effect(context)
    if context.attempt == 1:
        await asyncio.sleep(60)
    return Outcome("left an effect")


async def sleep_long(context: JobContext) -> Outcome:
    await context.connection.execute("select pg_sleep(60)")
    return Outcome("slept")


async def sleep_little(context: JobContext) -> Outcome:
    await context.connection.execute("select pg_sleep(1)")
    return Outcome("slept")


async def fail(context: JobContext) -> Outcome:
    await context.connection.execute("select 'Jane Roe'::int")
    return Outcome("never")


async def lose_network(context: JobContext) -> Outcome:
    if context.attempt == 1:
        raise UnavailableError("the mail server does not answer")
    return Outcome("sent")


async def find(context: JobContext) -> Outcome:
    finding = Finding(
        check="sample",
        title="Sample",
        level=Level.error,
        subject="effects",
        detail="1 row",
        remediation="none needed",
        key="sample:public.effects",
    )
    return Outcome("1 finding", (finding,))


EFFECT = Job("effect", "Leaves an effect", EVERY_MINUTE, effect)
ATOMIC = Job("atomic", "Leaves an effect with its outcome", SELDOM, hang_at_first, atomic=True)
SLOW = Job("slow", "Takes a minute", SELDOM, sleep_long)
BRIEF = Job("brief", "Takes a second", SELDOM, sleep_little)
HASTY = Job("hasty", "Takes longer than it may", SELDOM, sleep_long, timeout=timedelta(milliseconds=200))
FAILING = Job("failing", "Fails by its data", SELDOM, fail)
OFFLINE = Job("offline", "Fails by the network at first", SELDOM, lose_network)
FINDING = Job("finding", "Finds something", SELDOM, find)

# Due at once, and not done for a minute.
HANGING = (Job("hanging", "Takes a minute", EVERY_MINUTE, sleep_long),)
JOBS = (EFFECT, ATOMIC, SLOW, BRIEF, HASTY, FAILING, OFFLINE, FINDING)
