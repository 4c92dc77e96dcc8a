"""The migrations that contracts compile to. Reads files, never connects.

A migration is immutable once applied, so a change becomes a new file of the same name: the newest one is in
force, and it must be exactly what the contracts compile to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from mentalspace.contracts.contract import Contracts
from mentalspace.contracts.generated import GeneratedFile
from mentalspace.errors import InputError
from mentalspace.quality import capture
from mentalspace.quality.capture import compile_captures, render_captures
from mentalspace.quality.compile import compile_checks
from mentalspace.quality.render_sql import NAME, render_registration

MIGRATIONS = Path("supabase/migrations")


def find_outdated_migrations(
    contracts: Contracts, time_zone: str, workspace: Path, version: str | None = None
) -> list[GeneratedFile]:
    """What `contracts compile --write` would write: nothing when the newest files are current.

    A `version` that is the newest file's own replaces it, which is for files not applied anywhere.
    """
    folder = workspace / MIGRATIONS
    outdated = [
        (name, text) for name, text in _render(contracts, time_zone) if _is_outdated(folder, name, text)
    ]
    if not outdated:
        return []
    number = int(_check_version(version, folder, outdated[0][0]) if version else _next_version(folder))
    return [
        GeneratedFile(MIGRATIONS / f"{number + place}_{name}.sql", text)
        for place, (name, text) in enumerate(outdated)
    ]


def _render(contracts: Contracts, time_zone: str) -> Iterator[tuple[str, str]]:
    """Triggers before the rows that say what they capture."""
    checks = compile_checks(contracts, time_zone)
    captures = compile_captures(contracts, checks)
    yield capture.NAME, render_captures(captures)
    yield NAME, render_registration(checks, captures)


def _is_outdated(folder: Path, name: str, text: str) -> bool:
    frozen = sorted(folder.glob(f"*_{name}.sql"))
    return not frozen or frozen[-1].read_text(encoding="utf-8") != text


def _check_version(version: str, folder: Path, name: str) -> str:
    if not re.fullmatch(r"\d{14}", version):
        raise InputError("a migration version is 14 digits, such as 20261107000100")
    taken = sorted(folder.glob(f"{version}_*.sql"))
    if taken and taken != sorted(folder.glob(f"*_{name}.sql"))[-1:]:
        raise InputError(f"version {version} is {taken[0].name}; give another with --version")
    return version


def _next_version(folder: Path) -> str:
    """Now, or one after the last if somebody was ahead of the clock."""
    now = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    taken = [path.name[:14] for path in folder.glob("*.sql") if path.name[:14].isdigit()]
    return max([now, *(str(int(number) + 1) for number in taken)])
