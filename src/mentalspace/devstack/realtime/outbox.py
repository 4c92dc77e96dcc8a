"""Frames on their way to one socket: bounded, because a client that does not read must not cost memory."""

from __future__ import annotations

import asyncio
import time
from collections import deque

LARGEST = 32 << 20
# How long the feed waits for one socket altogether, before that socket is left to overflow.
PATIENCE_SECONDS = 5.0


class Outbox:
    """A queue of frames, measured in characters. Full is final: the socket is closed, no frame is skipped.

    A burst may be faster than any client reads, so `settle` lets the feed wait while the outbox is more than
    half full; an outbox that got empty deserves that patience again.
    """

    def __init__(self, largest: int = LARGEST, patience: float = PATIENCE_SECONDS) -> None:
        self.overflowed = asyncio.Event()
        self._frames: deque[str | bytes] = deque()
        self._size = 0
        self._largest = largest
        self._full_patience = self._patience = patience
        self._filled = asyncio.Event()
        self._roomy = asyncio.Event()
        self._roomy.set()

    def put(self, frame: str | bytes) -> None:
        """Queue a frame; the one that does not fit any more is what closes the socket."""
        if self.overflowed.is_set():
            return
        if self._size + len(frame) > self._largest:
            self._overflow()
            return
        self._frames.append(frame)
        self._resize(len(frame))
        self._filled.set()

    async def get(self) -> str | bytes:
        """The next frame, waiting for one."""
        while not self._frames:
            self._filled.clear()
            await self._filled.wait()
        frame = self._frames.popleft()
        self._resize(-len(frame))
        return frame

    async def settle(self) -> None:
        """Wait until the outbox is at most half full, as long as there is patience left."""
        if self._roomy.is_set() or self._patience <= 0:
            return
        began = time.monotonic()
        try:
            await asyncio.wait_for(self._roomy.wait(), self._patience)
        except TimeoutError:
            self._patience = 0.0
        else:
            self._patience -= time.monotonic() - began

    def _resize(self, change: int) -> None:
        self._size += change
        if self._size > self._largest // 2:
            self._roomy.clear()
        else:
            self._roomy.set()
        if not self._frames:
            self._patience = self._full_patience

    def _overflow(self) -> None:
        self.overflowed.set()
        self._roomy.set()
        self._frames.clear()
