"""The one module that joins every capability."""

from __future__ import annotations

from mentalspace.administration.jobs import JOBS as ADMINISTRATION_JOBS
from mentalspace.alerts.jobs import JOBS as ALERT_JOBS
from mentalspace.deadlines.jobs import JOBS as DEADLINE_JOBS
from mentalspace.delivery.jobs import JOBS as DELIVERY_JOBS
from mentalspace.events.consumer import Consumer
from mentalspace.events.jobs import JOBS as EVENT_JOBS
from mentalspace.fanout.consumers import CONSUMERS as FANOUT_CONSUMERS
from mentalspace.jobs.job import Job
from mentalspace.jobs.trimming import JOBS as LEDGER_JOBS
from mentalspace.quality.jobs import JOBS as QUALITY_JOBS
from mentalspace.quality.reactions import REACTIONS as QUALITY_REACTIONS
from mentalspace.realtime.hint import Subscription
from mentalspace.realtime.jobs import JOBS as REALTIME_JOBS
from mentalspace.realtime.reaction import Reaction
from mentalspace.releases.jobs import JOBS as RELEASE_JOBS
from mentalspace.retention.jobs import JOBS as RETENTION_JOBS

JOBS: tuple[Job, ...] = (
    *QUALITY_JOBS,
    *RETENTION_JOBS,
    *RELEASE_JOBS,
    *EVENT_JOBS,
    *REALTIME_JOBS,
    *ALERT_JOBS,
    *DEADLINE_JOBS,
    *DELIVERY_JOBS,
    *LEDGER_JOBS,
    *ADMINISTRATION_JOBS,
)
CONSUMERS: tuple[Consumer, ...] = (*FANOUT_CONSUMERS,)
REACTIONS: tuple[Reaction, ...] = (*QUALITY_REACTIONS,)
# Whatever changes in a published table may have left an event.
SUBSCRIPTIONS: tuple[Subscription, ...] = (Subscription(),)
