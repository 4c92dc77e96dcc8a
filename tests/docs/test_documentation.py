"""Documentation cannot rot: every capability has a page, every command stands in it, links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from mentalspace.cli import GROUPS, app
from mentalspace.wiring import JOBS

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").glob("**/*.md")), ROOT / "README.md"]
CAPABILITIES = sorted(path.parent.name for path in (ROOT / "src" / "mentalspace").glob("*/commands.py"))
_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
_QUOTED = re.compile(r"`mentalspace ([^`\n]+)`")
root: Any = typer.main.get_command(app)


def find_commands() -> dict[str, set[str]]:
    """The commands of every group; a top-level command is a group of one without a name."""
    context = typer.Context(root)
    commands = {name: root.get_command(context, name) for name in root.list_commands(context)}
    return {name: set(getattr(command, "commands", {})) or {""} for name, command in commands.items()}


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_capability_has_a_page(capability: str) -> None:
    assert (ROOT / "docs" / f"{capability}.md").exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_index_lists_every_page() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert sorted(page for page in pages if f"({page})" not in index) == []


def test_every_command_is_documented() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = {
        f"mentalspace {group} {name}".strip() for group, names in find_commands().items() for name in names
    }
    assert sorted(name for name in named if name not in text) == []


def test_every_documented_command_exists() -> None:
    commands = find_commands()
    wrong = []
    for page in PAGES:
        for words in _QUOTED.findall(page.read_text(encoding="utf-8")):
            group, name = (*words.split(), "")[:2]
            known = commands.get(group)
            if known is None or (known != {""} and name.isidentifier() and name not in known):
                wrong.append(f"{page.name}: mentalspace {words}")
    assert wrong == []


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_every_command_explains_itself(group: str) -> None:
    command = root.get_command(typer.Context(root), group)
    for name, each in getattr(command, "commands", {"": command}).items():
        assert each.help, f"{group} {name} has no help"
        # Beside the longest name, on a terminal of 80 columns.
        assert "..." not in each.get_short_help_str(64), f"{group} {name}: the first sentence is cut off"


def test_who_can_is_as_the_page_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    command = "raci who cancel_appointment"
    page = (ROOT / "docs" / "raci.md").read_text(encoding="utf-8")
    shown = re.search(rf"    \$ mentalspace {command}\n((?:    .*\n)+)", page)
    assert shown
    answer = CliRunner().invoke(app, command.split())
    assert answer.stdout.split() == shown[1].split()


def test_every_schedule_is_listed() -> None:
    """docs/jobs.md has all of `mentalspace.wiring`, in the order of names, with their own titles."""
    page = (ROOT / "docs" / "jobs.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| ([^|]+) \|", page, re.MULTILINE)
    declared = sorted((job.name, job.schedule.expression, job.title) for job in JOBS)
    assert [(name, cron, title.strip()) for name, cron, title in listed] == declared
