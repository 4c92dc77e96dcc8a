"""Background: who starts a stack hears its supervisor's own reason, however quickly it ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mentalspace.devstack import background
from mentalspace.devstack.stack import Stack
from mentalspace.devstack.state import Phase, State, StateFile
from mentalspace.errors import MentalspaceError


class FailsWhenAsked(subprocess.Popen[bytes]):
    """A supervisor that says why it fails and ends in the moment between two looks at it."""

    def __init__(self, file: StateFile) -> None:
        super().__init__([sys.executable, "-c", ""])
        self.wait()
        self.file = file

    def poll(self) -> int | None:
        self.file.write(State(Phase.failed, error="line 3: no such column"))
        return super().poll()


async def test_the_reason_of_one_that_ends_between_two_looks_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = Stack(tmp_path)
    monkeypatch.setattr(background, "_launch", lambda stack: FailsWhenAsked(StateFile(stack.folder)))
    monkeypatch.setattr(background, "refuse_taken", lambda ports: None)
    with pytest.raises(MentalspaceError, match="line 3: no such column"):
        await background.start(stack, lambda step: None)


async def test_one_that_ends_without_a_word_is_told_with_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def launch(stack: Stack) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", ""])
        process.wait()
        return process

    monkeypatch.setattr(background, "_launch", launch)
    monkeypatch.setattr(background, "refuse_taken", lambda ports: None)
    with pytest.raises(MentalspaceError, match=r"supervisor\.log"):
        await background.start(Stack(tmp_path), lambda step: None)
