"""The stack as a person runs it: start, stop, data that stays, taken ports, kills, failures that say why."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.acceptance.small_stack import MIGRATION, Workspace, all_gone, make_workspace, until

from mentalspace.devstack.ports import free_ports
from mentalspace.devstack.state import Phase


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """One for all tests that can do with a stack in whatever state the last one left it."""
    with make_workspace(tmp_path_factory.mktemp("workspace")) as made:
        yield made


@pytest.fixture
def fresh_workspace(tmp_path: Path) -> Iterator[Workspace]:
    with make_workspace(tmp_path) as made:
        yield made


def test_data_stays_and_what_is_missing_is_applied(fresh_workspace: Workspace) -> None:
    workspace = fresh_workspace
    first = workspace.up()
    assert first["phase"] == "ready"
    assert set(first["processes"]) == {"postgres", "rest", "realtime", "gateway"}
    workspace.query(first, "insert into public.things values (2)")

    assert workspace.on_port("down").returncode == 0
    assert all_gone(first["processes"].values())
    workspace.migrate("20260101000001", "alter table public.things add column name text;")

    again = workspace.up()
    # the row written by hand is there, the seed did not run twice, the new column exists
    assert workspace.query(again, "select id, name from public.things order by id") == [(1, None), (2, None)]

    assert workspace.on_port("reset", "--yes").returncode == 0
    assert not Path(again["folder"]).exists()
    assert "nothing to remove" in workspace.on_port("reset", "--yes").stderr


def test_two_stacks_run_side_by_side(workspace: Workspace, fresh_workspace: Workspace) -> None:
    first, second = workspace.up(), fresh_workspace.up()
    fresh_workspace.query(second, "insert into public.things values (7)")
    assert workspace.query(first, "select id from public.things") == [(1,)]
    fresh_workspace.on_port("down")
    assert workspace.state.phase is Phase.ready


def test_a_running_stack_is_found_and_described(workspace: Workspace) -> None:
    report = workspace.up()
    again = workspace.on_port("up")
    assert "running already" in again.stderr
    assert report["url"] in again.stdout
    status = workspace.on_port("status", "--json")
    assert status.returncode == 0
    assert json.loads(status.stdout) == report


def test_reset_asks_first(workspace: Workspace) -> None:
    workspace.up()
    assert workspace.on_port("reset").returncode == 1
    assert workspace.state.phase is Phase.ready


@pytest.mark.skipif(sys.platform != "linux", reason="Linux ties children to their parent")
def test_a_killed_supervisor_leaves_no_children(workspace: Workspace) -> None:
    report = workspace.up()
    # somebody connected must not keep PostgreSQL alive
    with psycopg.connect(report["database_url"]):
        os.kill(report["pid"], signal.SIGKILL)
        assert until(lambda: all_gone(report["processes"].values()))
    assert workspace.on_port("status").returncode == 3
    assert workspace.query(workspace.up(), "select id from public.things") == [(1,)]


def test_a_server_that_dies_ends_the_stack_and_is_named(workspace: Workspace) -> None:
    report = workspace.up()
    os.killpg(report["processes"]["gateway"], signal.SIGKILL)
    assert until(lambda: workspace.state.phase is Phase.failed)
    assert all_gone(report["processes"].values())
    status = workspace.on_port("status")
    assert status.returncode == 3
    assert "gateway ended" in status.stdout
    assert "gateway.log" in status.stdout


@pytest.mark.parametrize("offset", range(4))
def test_a_taken_port_is_named_before_anything_starts(tmp_path: Path, offset: int) -> None:
    workspace = Workspace(tmp_path, free_ports())
    (tmp_path / "supabase").mkdir()
    with socket.socket() as listener:
        # As servers do: what is still closing there, of a test before, does not matter.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", workspace.ports.gateway + offset))
        listener.listen()
        answer = workspace.on_port("up")
    assert answer.returncode == 3
    assert f"port {workspace.ports.gateway + offset} is taken by" in answer.stderr
    assert f"(process {os.getpid()})" in answer.stderr
    assert "--port" in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["supabase"]


def test_ctrl_c_ends_the_foreground_cleanly(workspace: Workspace) -> None:
    workspace.on_port("down")
    with workspace.started("up", "--foreground") as process:
        assert until(lambda: workspace.state.phase is Phase.ready)
        pids = workspace.state.processes.values()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert f"http://127.0.0.1:{workspace.ports.gateway}" in output
    assert all_gone(pids)


def test_a_broken_migration_is_named_with_its_line(workspace: Workspace) -> None:
    workspace.on_port("down")
    with workspace.holding("20260101000002", "select 1;\nselect broken;", then="select 1;"):
        answer = workspace.on_port("up")
        assert answer.returncode == 3
        assert "20260101000002_things_change.sql:3: column" in answer.stderr
        assert workspace.state.phase is Phase.failed
    assert workspace.query(workspace.up(), "select id from public.things") == [(1,)]


def test_a_failed_download_says_what_to_do(workspace: Workspace, tmp_path: Path) -> None:
    workspace.on_port("down")
    for name, text in {"node": "echo v22.0.0", "npm": "echo 'npm error network down' >&2; exit 1"}.items():
        tool = tmp_path / name
        tool.write_text(f"#!/bin/sh\n{text}\n")
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    answer = workspace.on_port("up", PATH=path, MENTALSPACE_NODE_FOLDER=str(tmp_path / "none"))
    assert answer.returncode == 3
    assert "network down. Check the network" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_command_runs_on_a_stack_of_its_own(workspace: Workspace) -> None:
    script = """
import os, sys, psycopg
with psycopg.connect(os.environ["MENTALSPACE_DATABASE_URL"]) as database:
    print(database.execute("select id from public.things").fetchall())
print(os.environ["MENTALSPACE_SUPABASE_URL"][:17])
sys.exit(1)
"""
    answer = workspace.run("run", "--", sys.executable, "-c", script)
    assert answer.returncode == 1, answer.stderr
    assert answer.stdout == "[(1,)]\nhttp://127.0.0.1:\n"
    assert list((workspace.folder / ".mentalspace").glob("fresh-*")) == []


def test_an_edited_migration_says_how_to_go_on(workspace: Workspace) -> None:
    workspace.up()
    workspace.on_port("down")
    with workspace.holding("20260101000000", MIGRATION + "\nselect 1;", then=MIGRATION):
        answer = workspace.on_port("up")
    assert answer.returncode == 3
    assert "edited after it was applied" in answer.stderr
    assert "./run reset" in answer.stderr


def test_two_who_start_it_at_once_get_one_stack(workspace: Workspace) -> None:
    workspace.on_port("down")
    with workspace.started("up", "--json") as one, workspace.started("up", "--json") as other:
        reports = [json.loads(process.communicate(timeout=90)[0]) for process in (one, other)]
    assert [one.returncode, other.returncode] == [0, 0]
    assert reports[0]["pid"] == reports[1]["pid"]


def test_a_folder_that_is_no_workspace_is_a_usage_error(tmp_path: Path) -> None:
    answer = Workspace(tmp_path, free_ports()).on_port("up")
    assert answer.returncode == 2
    assert "MENTALSPACE_WORKSPACE" in answer.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_command_that_does_not_exist_is_a_usage_error(workspace: Workspace) -> None:
    answer = workspace.run("run", "--", "no-such-command")
    assert answer.returncode == 2
    assert "no-such-command: no such command" in answer.stderr
