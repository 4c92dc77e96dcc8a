"""State: what is read from outside is true whatever happened to the supervisor."""

from __future__ import annotations

from pathlib import Path

import pytest

from mentalspace.devstack.state import Phase, RunningError, State, StateFile


def test_nothing_there_is_stopped(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "none")
    assert file.read() == State()
    assert not file.is_held()


def test_what_is_written_is_read_while_held(tmp_path: Path) -> None:
    file = StateFile(tmp_path)
    state = State(Phase.ready, 42, step="ready", processes={"postgres": 43})
    with file.hold():
        file.write(state)
        assert StateFile(tmp_path).read() == state


def test_a_killed_supervisor_reads_as_stopped(tmp_path: Path) -> None:
    file = StateFile(tmp_path)
    with file.hold():
        file.write(State(Phase.ready, 42, processes={"postgres": 43}))
    assert file.read().phase is Phase.stopped
    assert file.read().pid == 0


def test_a_failure_stays_readable(tmp_path: Path) -> None:
    file = StateFile(tmp_path)
    file.write(State(Phase.failed, error="no disk"))
    assert file.read().error == "no disk"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"unknown": 1}', '{"phase": "dancing"}'])
def test_a_damaged_file_reads_as_stopped(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    assert StateFile(tmp_path).read() == State()


def test_a_folder_has_one_supervisor(tmp_path: Path) -> None:
    with StateFile(tmp_path).hold(), pytest.raises(RunningError), StateFile(tmp_path).hold():
        pass
