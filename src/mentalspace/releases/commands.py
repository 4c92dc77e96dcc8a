"""`mentalspace release`: record, metrics, show, review."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from mentalspace import terminal
from mentalspace.errors import InputError
from mentalspace.options import DatabaseUrl, Json, load_settings, run_async

if TYPE_CHECKING:
    from mentalspace.database.connection import Connection
    from mentalspace.releases.release import Deployment, Release
    from mentalspace.settings import Settings

Answer = TypeVar("Answer")
Version = Annotated[str, typer.Argument(help="The release, such as v1.2.3.")]

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Deployments, their first 72 hours, and their reviews."
)


@app.command()
def record(
    version: Version,
    deployed_at: Annotated[
        str | None,
        typer.Option(help="ISO date and time; the practice's time without offset. Now if not given."),
    ] = None,
    by_position: Annotated[str, typer.Option(help="The position that deployed it.")] = "release_manager",
    changes: Annotated[list[str] | None, typer.Option(help="What changed; give it once for each.")] = None,
    minutes: Annotated[int | None, typer.Option(min=0, help="How long the deployment took.")] = None,
    rollback_required: Annotated[
        bool, typer.Option("--rollback-required", help="It was taken back.")
    ] = False,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Record a deployment. Its review is scheduled at once, for 72 hours later."""
    from mentalspace.releases.recording import record_release

    settings = load_settings(database_url=database_url)
    deployment = _deployment(
        version,
        deployed_at=_moment(settings, deployed_at),
        deployed_by_position=by_position,
        changes=tuple(changes or ()),
        deployment_minutes=minutes,
        rollback_required=rollback_required,
    )
    release = _ask(settings, lambda connection: record_release(connection, deployment))
    _answer(settings, release, as_json=as_json)


@app.command()
def metrics(version: Version, database_url: DatabaseUrl = None, as_json: Json = False) -> None:
    """Measure a release's first 72 hours, or the part that is over. Final once they are over."""
    from mentalspace.releases.printing import show_release, summarize_metrics
    from mentalspace.releases.recording import capture_metrics, fetch_release

    settings = load_settings(database_url=database_url)

    async def capture(connection: Connection) -> Release:
        await capture_metrics(connection, version)
        return await fetch_release(connection, version)

    release = _ask(settings, capture)
    if as_json and release.metrics:
        terminal.emit_json(summarize_metrics(release.metrics))
    else:
        show_release(release, settings.time_zone)


@app.command()
def show(
    version: Annotated[str | None, typer.Argument(help="One release; all if not given.")] = None,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Show releases with their metrics and reviews, newest first. Read-only. Exit 1 for overdue reviews."""
    from mentalspace.findings import exclude_findings, exit_code
    from mentalspace.releases.findings import find_overdue
    from mentalspace.releases.printing import show_releases, summarize_release
    from mentalspace.releases.recording import fetch_release, find_releases

    settings = load_settings(database_url=database_url)
    if version:
        release = _ask(settings, lambda connection: fetch_release(connection, version))
        _answer(settings, release, as_json=as_json)
        releases: tuple[Release, ...] = (release,)
    else:
        releases = _ask(settings, find_releases)
        if as_json:
            terminal.emit_json([summarize_release(release) for release in releases])
        else:
            show_releases(releases, settings.time_zone)
    raise typer.Exit(exit_code(exclude_findings(find_overdue(releases), settings.exclude_findings)))


@app.command()
def review(
    version: Version,
    complete: Annotated[bool, typer.Option("--complete", help="The review was held.")] = False,
    facilitator: Annotated[str | None, typer.Option(help="The position that led it.")] = None,
    health_score: Annotated[float | None, typer.Option(min=0, max=10, help="0 to 10.")] = None,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Close a release's review, once its first 72 hours are over."""
    from mentalspace.releases.recording import complete_review

    if not complete:
        raise InputError(f"add --complete when it was held; `mentalspace release show {version}` shows it")
    settings = load_settings(database_url=database_url)
    release = _ask(
        settings,
        lambda connection: complete_review(
            connection, version, facilitator=facilitator, health_score=health_score
        ),
    )
    _answer(settings, release, as_json=as_json)


def _ask(settings: Settings, question: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    from mentalspace.database.connection import connect

    async def ask() -> Answer:
        async with connect(settings.database_url.get_secret_value()) as connection:
            return await question(connection)

    return run_async(ask())


def _answer(settings: Settings, release: Release, *, as_json: bool) -> None:
    from mentalspace.releases.printing import show_release, summarize_release

    if as_json:
        terminal.emit_json(summarize_release(release))
    else:
        show_release(release, settings.time_zone)


def _moment(settings: Settings, text: str | None) -> datetime | None:
    """A time as written; without an offset it is the practice's."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            "--deployed-at is no date and time; write 2026-11-22T18:30 or add an offset"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=settings.time_zone)


def _deployment(version: str, **values: object) -> Deployment:
    from pydantic import ValidationError

    from mentalspace.releases.release import Deployment

    try:
        return Deployment.model_validate({"version": version, **values})
    except ValidationError:
        raise InputError(
            "a version has letters, digits, dots, dashes and underscores, 64 at most; write v1.2.3"
        ) from None
