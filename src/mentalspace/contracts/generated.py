"""Documents that contracts generate, beside them. Reads and writes files, never connects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mentalspace.contracts.contract import FOLDER, Contracts
from mentalspace.contracts.render_markdown import render_contract


@dataclass(frozen=True)
class GeneratedFile:
    """A file as it must be; `path` is relative to the workspace."""

    path: Path
    text: str


def render_documents(contracts: Contracts) -> list[GeneratedFile]:
    """The Markdown of every contract."""
    return [
        GeneratedFile(
            FOLDER / f"{contract.table.name.upper()}_CONTRACT.md", render_contract(contract, contracts)
        )
        for contract in contracts.values()
    ]


def find_outdated(files: list[GeneratedFile], workspace: Path) -> list[GeneratedFile]:
    """Those that the workspace lacks or has otherwise."""
    return [file for file in files if _read(workspace / file.path) != file.text]


def write_files(files: list[GeneratedFile], workspace: Path) -> None:
    """Write files, in folders made as needed."""
    for file in files:
        path = workspace / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
