"""The servers of a stack besides PostgreSQL: how each is started, and how it says it is ready."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from mentalspace.devstack.packages import Node
from mentalspace.devstack.stack import Stack

GATEWAY = "mentalspace.devstack.gateway:app"
REALTIME = "mentalspace.devstack.realtime:app"


@dataclass(frozen=True)
class Service:
    """One server: ready when `path` answers with a status below 500."""

    name: str
    port: int
    command: Sequence[str | Path]
    environment: Mapping[str, str]
    path: str


def plan_services(stack: Stack, node: Node, packages: Path) -> tuple[Service, ...]:
    """The services of a stack. Copies the Node sources beside a link to their packages."""
    script = _lay_out(stack.folder / "rest", packages)
    ports = stack.ports
    return (
        Service("rest", ports.rest, (node.binary, script), stack.server_environment(ports.rest), "/ready"),
        _python_service(stack, "realtime", ports.realtime, REALTIME),
        _python_service(stack, "gateway", ports.gateway, GATEWAY),
    )


def _python_service(stack: Stack, name: str, port: int, app: str) -> Service:
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"]
    options = ["--port", str(port), "--workers", "1", "--log-level", "warning", "--no-access-log"]
    return Service(name, port, [*command, *options, app], stack.server_environment(port), "/health")


def _lay_out(folder: Path, packages: Path) -> Path:
    """Node looks for packages beside the source, so the source goes where a link to them is."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    with as_file(files(__package__ or "") / "node") as sources:
        for source in sources.glob("*.mjs"):
            shutil.copy(source, folder)
    (folder / "package.json").write_text('{"type": "module"}\n')
    (folder / "node_modules").symlink_to(packages / "node_modules")
    return folder / "server.mjs"


async def answers(service: Service) -> bool:
    """Whether the service is ready to work."""
    request = f"GET {service.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    except OSError:
        return False
    try:
        writer.write(request.encode())
        await writer.drain()
        status = (await reader.readline()).split()
    except OSError:
        return False
    finally:
        writer.close()
    return len(status) > 1 and status[1] < b"500"
