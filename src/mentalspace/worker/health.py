"""Whether a worker lives and can work: asked by whoever starts it, and sends it nothing while it cannot."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from mentalspace.database.connection import connect
from mentalspace.errors import MentalspaceError
from mentalspace.worker.metrics import Metrics
from mentalspace.worker.status import METRICS_TYPE, Answer, Page

_PATIENCE_SECONDS = 3


class Health:
    """The three pages of a worker. Nothing of them tells more than states and counts."""

    def __init__(self, database_url: str, metrics: Metrics, stop: asyncio.Event) -> None:
        self._url = database_url
        self._metrics = metrics
        self._stop = stop

    @property
    def pages(self) -> dict[str, Page]:
        return {"/health/live": self.live, "/health/ready": self.ready, "/metrics": self.metrics}

    async def live(self) -> Answer:
        """The event loop turns: that this is answered is the proof."""
        return Answer(HTTPStatus.OK, "alive\n")

    async def ready(self) -> Answer:
        """The database answers a query, and nobody asked the worker to stop."""
        if self._stop.is_set():
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, "draining\n")
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                async with connect(self._url, application_name="mentalspace health") as connection:
                    await connection.execute("select 1 from governance.jobs limit 1")
        except (MentalspaceError, TimeoutError):
            return Answer(
                HTTPStatus.SERVICE_UNAVAILABLE, "the database does not answer, or is not migrated\n"
            )
        return Answer(HTTPStatus.OK, "ready\n")

    async def metrics(self) -> Answer:
        """Metrics as Prometheus reads them."""
        await self._metrics.measure()
        return Answer(HTTPStatus.OK, self._metrics.render(), METRICS_TYPE)
