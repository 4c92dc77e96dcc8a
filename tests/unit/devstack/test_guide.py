"""What `stack up` tells a person is true: the logins are the seed's, the commands exist."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from mentalspace.devstack import guide
from mentalspace.devstack.ports import Ports
from mentalspace.devstack.stack import Stack
from mentalspace.devstack.state import Phase, State
from mentalspace.settings import LOCAL_SECRET_KEY

ROOT = Path(__file__).parents[3]


def read(renderables: list[object], width: int = 80) -> str:
    output = io.StringIO()
    console = Console(file=output, width=width)
    for renderable in renderables:
        console.print(renderable)
    return output.getvalue()


def test_logins_and_password_are_the_seeds() -> None:
    seed = (ROOT / "supabase" / "seed.sql").read_text()
    text = read(guide.describe(Stack(ROOT)))
    assert f"'{guide.SEEDED_PASSWORD}'" in seed
    assert guide.SEEDED_PASSWORD in text
    for name in guide.SEEDED_LOGINS:
        assert f"'{name}'" in seed
        assert f"{name}@mentalspace.example" in text


def test_without_a_seed_there_are_no_logins(tmp_path: Path) -> None:
    assert "sign in" not in read(guide.describe(Stack(tmp_path)))


def test_another_port_is_told_how_to_be_found() -> None:
    assert "export" not in read(guide.describe(Stack(ROOT)))
    text = read(guide.describe(Stack(ROOT, Ports(54331))))
    assert "export MENTALSPACE_SUPABASE_URL=http://127.0.0.1:54331\n" in text
    assert "./run down --port 54331" in text


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State(), "./run up"),
        (State(Phase.failed, error="no disk"), "failed: no disk"),
        (State(Phase.ready, 7, processes={"rest": 8}), "process 7 (rest 8)"),
    ],
)
def test_status_says_how_it_fares(state: State, said: str) -> None:
    assert said in read(guide.describe_state(Stack(ROOT), state), 200)


def test_keys_never_show_by_accident() -> None:
    assert LOCAL_SECRET_KEY not in repr(Stack(ROOT))
