"""A job is refused when it is declared, not when its hour comes."""

from __future__ import annotations

import pytest

from mentalspace.jobs.job import Cron, Job, JobContext, Outcome


async def nothing(context: JobContext) -> Outcome:
    return Outcome("nothing")


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("0 7 * *", "write five fields"),
        ("0 7 * * 1-5", "by name"),
        ("0 7 1 * mon", "not both"),
    ],
)
def test_ambiguous_schedules_are_refused(expression: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        Cron(expression)


@pytest.mark.parametrize("name", ["Data Quality", "", "data-quality", "1st"])
def test_names_are_snake_case(name: str) -> None:
    with pytest.raises(ValueError, match="snake_case"):
        Job(name, "Title", Cron("0 7 * * *"), nothing)


def test_attempts_count_the_first() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Job("job", "Title", Cron("0 7 * * *"), nothing, attempts=0)


def test_runs_of_a_job_exclude_each_other_unless_told() -> None:
    assert Job("job", "Title", Cron("0 7 * * *"), nothing).exclusive_key == "job"
    assert Job("job", "Title", Cron("0 7 * * *"), nothing, concurrency_key="mail").exclusive_key == "mail"
