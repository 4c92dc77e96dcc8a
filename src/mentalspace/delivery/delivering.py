"""Drain the outbox: plan what is new, send what is due, record what came of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from mentalspace.database.connection import Connection
from mentalspace.delivery.channels import Channels
from mentalspace.delivery.letter import compose_letter
from mentalspace.delivery.outbox import (
    LEASE,
    Parcel,
    claim_parcels,
    count_sent,
    defer_parcel,
    mark_failed,
    mark_sent,
    mark_skipped,
    plan_pending,
)
from mentalspace.delivery.planning import NO_ADDRESS, Manners
from mentalspace.errors import MentalspaceError
from mentalspace.settings import Settings
from mentalspace.telemetry import span

log = structlog.get_logger()
_BATCH = 32
_AT_ONCE = 8


@dataclass
class Tally:
    """What became of what was due: by channel, sent, failed, died, deferred, skipped."""

    planned: int = 0
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, end: str) -> int:
        """Over all channels."""
        return sum(number for (_, what), number in self.ends.items() if what == end)

    def summarize(self) -> dict[str, object]:
        """Figures by channel and end."""
        by_channel: dict[str, dict[str, int]] = {}
        for (channel, end), number in sorted(self.ends.items()):
            by_channel.setdefault(channel, {})[end] = number
        return {"planned": self.planned, "channels": by_channel}


def read_manners(settings: Settings) -> Manners:
    """The practice's quiet hours, digest and limit."""
    return Manners(
        settings.time_zone,
        settings.notification_quiet_from,
        settings.notification_quiet_until,
        settings.notification_digest_at,
        settings.notification_hourly_limit,
    )


@dataclass
class Deliverer:
    """Sends through channels what waits in one database."""

    connection: Connection
    channels: Channels
    manners: Manners
    sender: str
    lease: timedelta = LEASE
    tally: Tally = field(default_factory=Tally)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def drain(self) -> Tally:
        """Work until nothing is due. Killed anywhere, nothing is lost: what was claimed is due again."""
        while True:
            planned = await plan_pending(self.connection, self.channels.reach, self.manners)
            self.tally.planned += planned
            parcels = await claim_parcels(self.connection, self.sender, _BATCH, self.lease)
            if not planned and not parcels:
                return self.tally
            allowed = await self._keep_limits(parcels)
            await self._deliver_all(allowed)

    async def _deliver_all(self, parcels: Sequence[Parcel]) -> None:
        """All of them come to their end before the first error is raised: none goes on unseen."""
        ends = await asyncio.gather(*(self._deliver(parcel) for parcel in parcels), return_exceptions=True)
        for error in filter(None, ends):
            raise error

    async def _keep_limits(self, parcels: Sequence[Parcel]) -> list[Parcel]:
        """Those that may leave now. Urgent ones and digests always may, and count."""
        sent = Counter(await count_sent(self.connection, {p.user_id for p in parcels if p.user_id}))
        allowed = []
        for parcel in parcels:
            recipient = (parcel.user_id, parcel.channel)
            free = parcel.urgent or parcel.digest_at is not None
            if free or sent[recipient] < self.manners.hourly_limit:
                sent[recipient] += 1
                allowed.append(parcel)
            else:
                await defer_parcel(self.connection, parcel)
                self._note(parcel, "deferred")
        return allowed

    async def _deliver(self, parcel: Parcel) -> None:
        about = {"channel": parcel.channel.value, "attempt": parcel.attempts, "messages": len(parcel.items)}
        async with self._room:
            with span("delivery", **about) as note:
                if parcel.user_id is not None and not parcel.address:
                    async with self._turn:
                        await mark_skipped(self.connection, parcel, NO_ADDRESS)
                    end = "skipped"
                else:
                    end = await self._send(parcel)
                note(end=end)
        self._note(parcel, end)

    async def _send(self, parcel: Parcel) -> str:
        """Send it and record what came of it; return that."""
        letter = compose_letter(
            parcel.channel, parcel.items, parcel.message_key, digest=parcel.digest_at is not None
        )
        try:
            await self.channels.send(parcel.channel, parcel.address, letter, parcel.message_key)
        except MentalspaceError as error:
            return await self._fail(parcel, error)
        # One transaction at a time on one connection.
        async with self._turn:
            await mark_sent(self.connection, parcel)
        return "sent"

    async def _fail(self, parcel: Parcel, error: MentalspaceError) -> str:
        async with self._turn:
            died = await mark_failed(self.connection, parcel, type(error).__name__)
        level = log.error if died else log.warning
        level(
            "delivery died" if died else "delivery failed",
            channel=parcel.channel,
            attempt=parcel.attempts,
            error=str(error),
        )
        return "died" if died else "failed"

    def _note(self, parcel: Parcel, end: str) -> None:
        self.tally.ends[parcel.channel.value, end] += 1
