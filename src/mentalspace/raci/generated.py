"""Files that a matrix generates: Markdown beside the documents, migrations beside the others.

A migration is immutable once applied, so a change becomes a new file of the same name: the newest file of a
name is what is in force, and it must be exactly what the matrix compiles to. Reads and writes files, never
connects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mentalspace.errors import InputError
from mentalspace.findings import Finding, Level
from mentalspace.raci.compile import compile_matrix
from mentalspace.raci.matrix import Matrix
from mentalspace.raci.render_markdown import render_markdown
from mentalspace.raci.render_recorder import recorded_commands, render_dropped_recorder, render_recorder
from mentalspace.raci.render_rows import render_dropped_module, render_module
from mentalspace.raci.render_sql import render_dropped_table, render_table

DOCUMENTS = Path("docs/raci")
MIGRATIONS = Path("supabase/migrations")
_FILE = re.compile(r"^(\d{14})_(raci_[a-z0-9_]+_load|[a-z0-9_]+_(?:enforce|record)_raci)\.sql$")


@dataclass(frozen=True)
class GeneratedFile:
    """A file as it must be; `path` is relative to the workspace."""

    path: Path
    text: str


def render_migrations(matrix: Matrix) -> dict[str, str]:
    """Every migration of the matrix by name, without a version: modules, guards, recorders."""
    compiled = compile_matrix(matrix)
    modules = {f"raci_{spec.module}_load": render_module(spec) for spec in compiled.modules}
    guards = {f"{spec.table.name}_enforce_raci": render_table(spec) for spec in compiled.tables}
    recorded = (spec for spec in compiled.tables if recorded_commands(spec))
    return modules | guards | {f"{spec.table.name}_record_raci": render_recorder(spec) for spec in recorded}


def find_outdated(matrix: Matrix, workspace: Path, version: str | None = None) -> list[GeneratedFile]:
    """What `compile --write` would write: nothing when all files are current."""
    return [
        *_outdated_documents(matrix, workspace),
        *_outdated_migrations(matrix, workspace / MIGRATIONS, version),
    ]


def find_stale(matrix: Matrix, workspace: Path) -> list[Finding]:
    """A finding per generated file that is not what the matrix compiles to."""
    return [
        Finding(
            check="raci",
            title="a generated file is not current",
            level=Level.error,
            subject=_subject(file.path),
            detail=f"{file.path.parent}: the newest file of this name is not what the documents compile to",
            remediation="run `mentalspace raci compile --write`, review, and apply",
            key=f"raci:{file.path.parent.name}:{_subject(file.path)}",
            owner="security_administrator",
        )
        for file in find_outdated(matrix, workspace)
    ]


def _subject(path: Path) -> str:
    """The name of a file without the version of a migration, which changes with the time."""
    match = _FILE.match(path.name)
    return f"{match[2]}.sql" if match else path.name


def write_files(files: list[GeneratedFile], workspace: Path) -> None:
    """Write files; those that exist are Markdown, a migration always has a new version."""
    for file in files:
        path = workspace / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")


def find_frozen(folder: Path) -> dict[str, str]:
    """The text in force of every generated migration, by name."""
    return {
        match[2]: path.read_text(encoding="utf-8")
        for path in sorted(folder.glob("*.sql"))
        if (match := _FILE.match(path.name))
    }


def _outdated_documents(matrix: Matrix, workspace: Path) -> list[GeneratedFile]:
    files = []
    for name, module in matrix.modules.items():
        file = GeneratedFile(DOCUMENTS / f"{name.upper()}_RACI.md", render_markdown(module))
        path = workspace / file.path
        if not path.exists() or path.read_text(encoding="utf-8") != file.text:
            files.append(file)
    return files


def _outdated_migrations(matrix: Matrix, folder: Path, version: str | None) -> list[GeneratedFile]:
    frozen = find_frozen(folder)
    wanted = render_migrations(matrix)
    wanted |= {name: _render_dropped(name) for name in frozen.keys() - wanted.keys()}
    changed = {name: text for name, text in wanted.items() if frozen.get(name) != text}
    return _number(changed, folder, version)


def _render_dropped(name: str) -> str:
    if module := re.fullmatch(r"raci_(.+)_load", name):
        return render_dropped_module(module[1])
    if name.endswith("_record_raci"):
        return render_dropped_recorder(name.removesuffix("_record_raci"))
    return render_dropped_table(name.removesuffix("_enforce_raci"))


def _number(changed: Mapping[str, str], folder: Path, version: str | None) -> list[GeneratedFile]:
    """Versions after every migration that is there, from now or from the one given."""
    if version and not re.fullmatch(r"\d{14}", version):
        raise InputError("a migration version is 14 digits, such as 20261105000100")
    taken = {path.name[:14] for path in folder.glob("*.sql")}
    first = int(version or _next_version(taken))
    files = []
    for index, (name, text) in enumerate(changed.items()):
        number = str(first + index)
        if number in taken:
            raise InputError(f"version {number} is taken in {folder}; give another with --version")
        files.append(GeneratedFile(MIGRATIONS / f"{number}_{name}.sql", text))
    return files


def _next_version(taken: set[str]) -> int:
    now = int(datetime.now(UTC).strftime("%Y%m%d%H%M%S"))
    return max([now, *(int(each) + 1 for each in taken if each.isdigit())])
