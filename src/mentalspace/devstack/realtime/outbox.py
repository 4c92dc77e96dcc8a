"""Frames on their way to one socket: bounded, because a client that does not read must not cost memory."""

from __future__ import annotations

import asyncio
from collections import deque

LARGEST = 8 << 20


class Outbox:
    """A queue of frames, measured in bytes. Full is final: the socket is closed, no frame is skipped."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._frames: deque[str | bytes] = deque()
        self._size = 0
        self._largest = largest
        self._filled = asyncio.Event()
        self.overflowed = asyncio.Event()

    def put(self, frame: str | bytes) -> None:
        """Queue a frame; the one that does not fit any more is what closes the socket."""
        if self.overflowed.is_set():
            return
        self._size += len(frame)
        if self._size > self._largest:
            self.overflowed.set()
            return
        self._frames.append(frame)
        self._filled.set()

    async def get(self) -> str | bytes:
        """The next frame. It counts until the one after it is asked for, for until then it is being sent."""
        while not self._frames:
            self._filled.clear()
            await self._filled.wait()
        frame = self._frames.popleft()
        self._size -= len(frame)
        return frame
