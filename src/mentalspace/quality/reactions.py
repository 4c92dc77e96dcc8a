"""On change: rows that changed are judged within seconds, and the owners hear what came of it."""

from __future__ import annotations

from datetime import timedelta

from mentalspace.database.connection import fetch_row
from mentalspace.database.queries import load_queries
from mentalspace.realtime.reaction import Reaction, ReactionContext

queries = load_queries(__package__ or "")


async def has_changes(context: ReactionContext) -> bool:
    """Whether captured changes wait, and the job that judges them every so often is not paused. Read-only."""
    return bool((await fetch_row(context.connection, queries["has_changes"]))["due"])


async def judge_changes(context: ReactionContext) -> None:
    """Judge what changed; record and alert if a result is another than the latest. May run twice at once."""
    from mentalspace.quality.passes import check_changes
    from mentalspace.quality.runner import find_tables, record_news

    evaluation = await check_changes(context.connection, await find_tables(context.connection))
    async with context.connection.transaction():
        await record_news(context.connection, evaluation, triggered_by="change")


# What somebody does in two steps is looked at after the second.
REACTIONS = (Reaction("quality_on_change", has_changes, judge_changes, settle=timedelta(seconds=2)),)
