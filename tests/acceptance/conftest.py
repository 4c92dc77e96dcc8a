"""Commands as the console script runs them, without the price of a process each: a second of imports."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from mentalspace.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: object
    out: str
    err: str


Cli = Callable[..., Awaitable[Ended]]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Call `mentalspace` with arguments, and environment variables as keywords.

    For what ends by itself: no signal reaches it. A worker, or what shall be killed, is a process.
    """

    async def call(*arguments: str, **variables: str) -> Ended:
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            patch.setenv("COLUMNS", "200")
            # It runs beside the test's own loop, and signals are the main thread's.
            patch.setattr(asyncio.SelectorEventLoop, "add_signal_handler", lambda *_: None)
            patch.setattr("sys.argv", ["mentalspace", *arguments])
            with pytest.raises(SystemExit) as ended:
                await asyncio.to_thread(main)
        said = capsys.readouterr()
        return Ended(ended.value.code or 0, said.out, said.err)

    return call
