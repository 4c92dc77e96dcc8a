"""Where jobs are found: a `module:NAME` that holds a tuple of them. Imports nothing above its own floor."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from mentalspace.errors import InputError

if TYPE_CHECKING:
    from mentalspace.jobs.job import Job

# All capabilities' jobs, joined above this floor, hence named and not imported.
ALL_JOBS = "mentalspace.wiring:JOBS"
Jobs = Annotated[str, typer.Option("--jobs", help="Where the jobs are declared, as module:NAME.")]


def load_jobs(source: str = ALL_JOBS) -> tuple[Job, ...]:
    """Import the jobs that `module:NAME` holds. Raises `InputError` if it cannot, or a name is double."""
    module, _, name = source.partition(":")
    try:
        jobs: tuple[Job, ...] = tuple(getattr(import_module(module), name))
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise InputError(f"no jobs at {source} ({error}); write module:NAME of a tuple of jobs") from error
    names = [job.name for job in jobs]
    if double := {each for each in names if names.count(each) > 1}:
        raise InputError(f"{source}: two jobs are named {', '.join(sorted(double))}; name each its own")
    return jobs


def fetch_job(jobs: Sequence[Job], name: str) -> Job:
    """The job of that name. Raises `InputError` that lists those there are."""
    for job in jobs:
        if job.name == name:
            return job
    known = ", ".join(sorted(job.name for job in jobs)) or "none"
    raise InputError(f"no job is named {name}; there are: {known}")
