"""`mentalspace daily` on the seeded practice: what was planted, nothing more, nothing less."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.conftest import Cli

ROOT = Path(__file__).parents[2]
SEED = (ROOT / "docs" / "seed.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| (\w+) \| (\w+) \| [^|]+ \| (\d+) \| ([^|]+) \|$", re.MULTILINE)


def planted(table: str) -> dict[str, tuple[int, set[int]]]:
    """Count and row numbers of each planted defect of a table, as docs/seed.md lists them."""
    return {
        rule: (int(count), numbers(keys)) for name, rule, count, keys in _ROW.findall(SEED) if name == table
    }


def numbers(keys: str) -> set[int]:
    """`2857–2860, 2999` as numbers."""
    spans = (re.split("[–-]", part.strip()) for part in keys.split(","))
    return {number for span in spans for number in range(int(span[0]), int(span[-1]) + 1)}


Report = Callable[[], Awaitable[dict[str, Any]]]


@pytest.fixture
def report(seeded_database_url: str, cli: Cli) -> Report:
    """What `mentalspace daily --json` says of the seeded practice."""

    async def run() -> dict[str, Any]:
        ended = await cli("daily", "--database-url", seeded_database_url, "--json")
        assert ended.code == 1, ended.err
        found: dict[str, Any] = json.loads(ended.out)
        return found

    return run


@pytest.fixture
async def found(report: Report) -> dict[str, Any]:
    return await report()


async def test_exactly_the_planted_defects_of_appointments(found: dict[str, Any]) -> None:
    failing = {
        check["name"]: (check["failures"], {int(key[-12:]) for key in check["failing_keys"]})
        for check in found["quality"]["failing"]
        if check["table_name"] == "public.appointments"
    }
    assert len(failing) >= 10
    assert failing == planted("appointments")


async def test_the_rest_of_the_morning(found: dict[str, Any], report: Report) -> None:
    assert {run["job"] for run in found["runs"]} == {"data_quality", "capture_release_metrics"}
    assert {run["status"] for run in found["runs"]} == {"succeeded"}
    assert {alert["notification_type"] for alert in found["alerts"]} == {"data_quality_alert"}
    assert [release["review"]["state"] for release in found["releases_awaiting_review"]]
    assert sum(rule["due"] for rule in found["retention"]["rules"]) > 0
    assert Counter(finding["check"] for finding in found["findings"])["quality"] == len(
        found["quality"]["failing"]
    )

    again = await report()
    assert len(again["alerts"]) == len(found["alerts"]), "what was told is not told again"
    assert len(again["runs"]) == 2 * len(found["runs"])
    # But for the results of its own checks, which the report adds to.
    kept, before = [
        [rule for rule in each["retention"]["rules"] if rule["data_type"] != "quality_results"]
        for each in (again, found)
    ]
    assert kept == before, "reading a report removes nothing"
