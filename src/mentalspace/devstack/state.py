"""What is known about a stack from outside: a lock held while it lives, and a file that says how it fares."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from time import monotonic, sleep

from mentalspace.errors import MentalspaceError

# `is_held` takes the lock for an instant; whoever looks must not keep a supervisor from starting.
READERS_SECONDS = 0.5


class Phase(StrEnum):
    stopped = "stopped"
    starting = "starting"
    ready = "ready"
    failed = "failed"


class RunningError(MentalspaceError):
    """This stack is running already."""


@dataclass(frozen=True)
class State:
    """How a stack fares. Holds no secrets."""

    phase: Phase = Phase.stopped
    pid: int = 0
    step: str = ""
    error: str = ""
    started_at: str = ""
    seconds: float = 0
    processes: Mapping[str, int] = field(default_factory=dict)


class StateFile:
    """The state of the stack in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / "state.json"
        self._lock = folder / "lock"

    def read(self) -> State:
        """How it fares. What a killed supervisor left behind reads as stopped."""
        try:
            state = State(**json.loads(self._path.read_text(encoding="utf-8")))
            state = replace(state, phase=Phase(state.phase))
        except (FileNotFoundError, ValueError, TypeError):
            return State()
        if state.phase in (Phase.starting, Phase.ready) and not self.is_held():
            return replace(state, phase=Phase.stopped, pid=0, processes={})
        return state

    def write(self, state: State) -> None:
        """Replace the file in one step, so that a reader never sees half of it."""
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(state), indent=2) + "\n", encoding="utf-8")
        fresh.replace(self._path)

    def is_held(self) -> bool:
        """Whether a supervisor lives."""
        try:
            with self._lock.open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Be the folder's only supervisor; the lock goes with the process, however it ends."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._lock.open("w") as lock:
            self._take(lock.fileno())
            yield

    def _take(self, lock: int) -> None:
        deadline = monotonic() + READERS_SECONDS
        while True:
            try:
                return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if monotonic() > deadline:
                    raise RunningError(f"a stack is running in {self.folder} already") from None
                sleep(0.01)
