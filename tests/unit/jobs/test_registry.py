"""The jobs that are declared can be found, scheduled and told apart."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.sample_jobs import EFFECT, JOBS

from mentalspace.errors import InputError
from mentalspace.jobs.registry import fetch_job, load_jobs
from mentalspace.jobs.schedule import find_next_slot

ROOT = Path(__file__).parents[3]
DOUBLE = (EFFECT, EFFECT)


def test_every_declared_job_has_a_next_slot() -> None:
    for job in load_jobs():
        assert find_next_slot(job.schedule, ZoneInfo("America/New_York"), datetime(2026, 1, 1, tzinfo=UTC)), (
            job.name
        )


def test_every_capability_with_jobs_is_wired() -> None:
    declared = {path.parent.name for path in (ROOT / "src" / "mentalspace").glob("*/jobs.py")}
    wired = {job.run.__module__.split(".")[1] for job in load_jobs()}
    assert declared <= wired


@pytest.mark.parametrize("source", ["nowhere:JOBS", "mentalspace.wiring:NONE", "mentalspace.wiring", ":"])
def test_a_source_without_jobs_is_refused(source: str) -> None:
    with pytest.raises(InputError, match="module:NAME"):
        load_jobs(source)


def test_names_are_unique() -> None:
    with pytest.raises(InputError, match="two jobs are named effect"):
        load_jobs(f"{__name__}:DOUBLE")


def test_an_unknown_job_is_refused_with_those_there_are() -> None:
    assert fetch_job(JOBS, "effect") is EFFECT
    with pytest.raises(InputError, match=r"no job is named effects; there are: atomic, brief"):
        fetch_job(JOBS, "effects")
