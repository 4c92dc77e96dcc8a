"""`mentalspace release` from deployment to review."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.acceptance.conftest import Cli


async def test_from_deployment_to_review(cli: Cli, database_url: str) -> None:
    where = ("--database-url", database_url)
    deployed = (datetime.now(UTC) - timedelta(hours=100)).isoformat(timespec="seconds")
    recorded = await cli(
        *("release", "record", "v1.0.0", "--deployed-at", deployed, "--by-position", "clinical_director"),
        *("--changes", "One", "--changes", "Two", "--minutes", "5", "--json", *where),
    )
    assert recorded.code == 0
    release = json.loads(recorded.out)
    assert (release["releaseVersion"], release["deployedBy"]) == ("v1.0.0", "clinical_director")
    assert (release["changes"], release["metrics"]) == (["One", "Two"], None)

    twice = await cli("release", "record", "v1.0.0", *where)
    assert (twice.code, twice.out) == (2, "")
    assert "recorded already" in twice.err

    shown = await cli("release", "show", *where)
    assert shown.code == 1, "overdue after 96 hours"
    assert "overdue" in shown.out
    assert "1 awaiting review" in shown.out

    measured = json.loads((await cli("release", "metrics", "v1.0.0", "--json", *where)).out)
    assert measured["totalDefects"] == 0
    assert measured["performance"] == {"p95ResponseTime": None, "errorRate": None}
    assert measured["isComplete"]

    closed = await cli("release", "review", "v1.0.0", "--complete", "--health-score", "7.5", *where)
    assert closed.code == 0
    assert "7.5/10" in closed.out
    assert (await cli("release", "show", "v1.0.0", "--json", *where)).code == 0


async def test_bad_input(cli: Cli, database_url: str) -> None:
    where = ("--database-url", database_url)
    for arguments, message in (
        (("record", "v 1"), "letters, digits"),
        (("record", "v1", "--deployed-at", "soon"), "no date and time"),
        (("record", "v1", "--deployed-at", "2999-01-01"), "in the future"),
        (("show", "v9"), "no release v9"),
        (("metrics", "v9"), "no release v9"),
        (("review", "v9"), "--complete"),
        (("review", "v9", "--complete"), "no release v9"),
    ):
        ended = await cli("release", *arguments, *where)
        assert (ended.code, ended.out) == (2, ""), arguments
        assert message in ended.err


async def test_the_seed_has_releases_of_every_state(cli: Cli, seeded_database_url: str) -> None:
    ended = await cli("release", "show", "--json", "--database-url", seeded_database_url)
    states = {each["releaseVersion"]: each["review"]["state"] for each in json.loads(ended.out)}
    assert states == {"v1.5.0": "scheduled", "v1.4.1": "due", "v1.4.0": "overdue", "v1.3.0": "completed"}
