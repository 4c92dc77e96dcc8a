"""The one module that joins every capability."""

from __future__ import annotations

from mentalspace.jobs.job import Job

JOBS: tuple[Job, ...] = ()
