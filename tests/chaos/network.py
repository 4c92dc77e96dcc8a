"""A network that misbehaves: passes TCP on, and on demand drops sockets or falls silent on them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random


@dataclass(eq=False)
class Link:
    """One client's way to the server. While it is not audible, nothing is passed on."""

    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    audible: asyncio.Event = field(default_factory=asyncio.Event)

    def drop(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


class Network:
    """Listens on a port of its own, connects to the server for every client."""

    def __init__(self, port: int) -> None:
        self._target = port
        self.links: set[Link] = set()
        self.port = 0

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self._attend, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def drop(self) -> int:
        """Reset every connection."""
        links = tuple(self.links)
        for link in links:
            link.drop()
        return len(links)

    async def silence(self, random: Random, seconds: float) -> None:
        """Make some connections half-open: both ends believe in them, nothing arrives."""
        for link in [link for link in self.links if random.random() < 0.5]:
            link.audible.clear()
            asyncio.get_running_loop().call_later(seconds, link.drop)

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        link = Link((writer, far_writer))
        link.audible.set()
        self.links.add(link)
        copies = [
            asyncio.create_task(_copy(reader, far_writer, link)),
            asyncio.create_task(_copy(far_reader, writer, link)),
        ]
        try:
            with suppress(asyncio.CancelledError):
                await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for copy in copies:
                copy.cancel()
            await asyncio.gather(*copies, return_exceptions=True)
            self.links.discard(link)
            link.drop()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            await link.audible.wait()
            writer.write(data)
            await writer.drain()
