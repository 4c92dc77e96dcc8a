"""The one module that joins every capability."""

from __future__ import annotations

from mentalspace.events.consumer import Consumer
from mentalspace.events.jobs import JOBS as EVENT_JOBS
from mentalspace.jobs.job import Job

JOBS: tuple[Job, ...] = (*EVENT_JOBS,)
CONSUMERS: tuple[Consumer, ...] = ()
