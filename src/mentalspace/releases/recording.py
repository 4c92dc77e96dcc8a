"""Record releases, find them again, capture their metrics, close their reviews."""

from __future__ import annotations

from datetime import datetime

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.errors import InputError
from mentalspace.releases.release import Deployment, Metrics, Release, ReviewState, build_release

queries = load_queries(__package__ or "")
MINUTES = "%Y-%m-%d %H:%M %Z"


async def record_release(connection: Connection, deployment: Deployment) -> Release:
    """Record a deployment; its review is scheduled in the same transaction, by the database.

    Raises `InputError` if the version is known already, or the deployment lies in the future.
    """
    cursor = await connection.execute(queries["record"], deployment.model_dump() | _lists(deployment))
    if await cursor.fetchone():
        return await fetch_release(connection, deployment.version)
    known = await find_releases(connection, deployment.version)
    if known:
        raise InputError(
            f"release {deployment.version} is recorded already, deployed {known[0].release_date:{MINUTES}}; "
            "give the new one a version of its own"
        )
    raise InputError("--deployed-at lies in the future; record a release when it is deployed")


async def find_releases(connection: Connection, version: str | None = None) -> tuple[Release, ...]:
    """All releases, or the one of a version; newest first, empty if there is none. Read-only."""
    cursor = await connection.execute(queries["find_releases"], {"version": version})
    return tuple(build_release(row) for row in await cursor.fetchall())


async def fetch_release(connection: Connection, version: str) -> Release:
    """One release. Raises `InputError` naming the latest ones if there is none of this version. Read-only."""
    found = await find_releases(connection, version)
    if found:
        return found[0]
    latest = ", ".join(release.release_version for release in (await find_releases(connection))[:5])
    raise InputError(
        f"no release {version}; " + (f"the latest are {latest}" if latest else "none is recorded")
    )


async def capture_metrics(connection: Connection, version: str, at: datetime | None = None) -> Metrics:
    """Measure a release's window as far as it is over (`at`, else now), and keep the result.

    Once the window is over a result is final: the same comes back however often this is called.
    """
    await connection.execute(queries["capture_metrics"], {"version": version, "at": at})
    metrics = (await fetch_release(connection, version)).metrics
    assert metrics  # noqa: S101  (just captured; fetch_release raised if there is no such release)
    return metrics


async def find_uncaptured(connection: Connection) -> tuple[str, ...]:
    """Versions of releases whose metrics are missing or not complete. Read-only."""
    cursor = await connection.execute(queries["find_uncaptured"])
    return tuple(row["version"] for row in await cursor.fetchall())


async def complete_review(
    connection: Connection,
    version: str,
    *,
    facilitator: str | None = None,
    health_score: float | None = None,
) -> Release:
    """Close a release's review. Raises `InputError` before its 72 hours are over, and the second time."""
    values = {"version": version, "facilitator": facilitator, "health_score": health_score}
    cursor = await connection.execute(queries["complete_review"], values)
    closed = await cursor.fetchone()
    release = await fetch_release(connection, version)
    if closed:
        return release
    if release.review.state is ReviewState.completed:
        raise InputError(f"the review of {version} is completed already; see `mentalspace release show`")
    raise InputError(
        f"the 72 hours of {version} are not over; review it from {release.review.scheduled_for:{MINUTES}} on"
    )


def _lists(deployment: Deployment) -> dict[str, list[str]]:
    """Postgres takes a list for an array; a tuple would be a record."""
    return {"changes": list(deployment.changes)}
