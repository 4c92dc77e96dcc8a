"""The one module that joins every capability."""

from __future__ import annotations

from mentalspace.events.consumer import Consumer
from mentalspace.events.jobs import JOBS as EVENT_JOBS
from mentalspace.jobs.job import Job
from mentalspace.realtime.hint import Subscription
from mentalspace.realtime.jobs import JOBS as REALTIME_JOBS

JOBS: tuple[Job, ...] = (*EVENT_JOBS, *REALTIME_JOBS)
CONSUMERS: tuple[Consumer, ...] = ()
# Whatever changes in a published table may have left an event.
SUBSCRIPTIONS: tuple[Subscription, ...] = (Subscription(),)
