"""The four ports of a stack, checked before anything starts. Never connects."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

from mentalspace.errors import InputError, MentalspaceError

DEFAULT_PORT = 54321
_LISTEN = "0A"


class PortTakenError(MentalspaceError):
    """A port of the stack is in use."""


@dataclass(frozen=True)
class Ports:
    """One port for people (the gateway), three behind it: consecutive, so that one number says it all."""

    gateway: int = DEFAULT_PORT

    def __post_init__(self) -> None:
        if not 1024 <= self.gateway <= 65532:
            raise InputError(
                f"port {self.gateway}: choose one from 1024 to 65532; it and the next three are used"
            )

    @property
    def postgres(self) -> int:
        return self.gateway + 1

    @property
    def rest(self) -> int:
        return self.gateway + 2

    @property
    def realtime(self) -> int:
        return self.gateway + 3

    @property
    def all(self) -> tuple[int, ...]:
        return (self.gateway, self.postgres, self.rest, self.realtime)


def refuse_taken(ports: Ports) -> None:
    """Raise `PortTakenError` naming the port, who holds it if that can be seen, and what to do."""
    for port in ports.all:
        if _is_taken(port):
            holder = find_holder(port) or "another program"
            raise PortTakenError(
                f"port {port} is taken by {holder}; stop it, or choose other ports: "
                f"--port {ports.gateway + 10} uses {ports.gateway + 10} to {ports.gateway + 13}"
            )


def free_ports() -> Ports:
    """Four consecutive ports that are free right now, for a stack that nobody else needs to find."""
    for _ in range(100):
        ports = Ports(SystemRandom().randrange(20000, 30000, 4))
        if not any(_is_taken(port) for port in ports.all):
            return ports
    raise PortTakenError("no four free ports in a row from 20000 to 30000; close some programs")


def find_holder(port: int) -> str | None:
    """The process that listens on a port, as "postgres (process 42)"; None where the system does not tell."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for descriptor in Path("/proc").glob("[0-9]*/fd/*") if sockets else ():
        try:
            if str(descriptor.readlink()) in sockets:
                process = descriptor.parts[2]
                return f"{Path('/proc', process, 'comm').read_text().strip()} (process {process})"
        except OSError:  # it ended meanwhile, or belongs to somebody else
            continue
    return None


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a connection that is still closing does not block the port, a listener does.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return True
    return False


def _listening_inodes(port: int) -> list[str]:
    rows = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        path = Path(table)
        rows += path.read_text().splitlines()[1:] if path.exists() else []
    fields = [row.split() for row in rows]
    return [row[9] for row in fields if row[3] == _LISTEN and int(row[1].rsplit(":", 1)[1], 16) == port]
