"""Contracts from a file, a folder, or a git revision. Reads files and git, never connects."""

from __future__ import annotations

import subprocess
from pathlib import Path

from mentalspace.contracts.contract import FOLDER, Contracts
from mentalspace.contracts.parse import PATTERN, parse_contract, parse_contracts, read_contracts
from mentalspace.documents import parse_document, read_document
from mentalspace.errors import InputError

_SUFFIX = PATTERN.removeprefix("*")


def read_version(source: str, workspace: Path) -> Contracts:
    """The contracts that `source` names. Raises `InputError` if it is none of the three.

    One file is parsed by itself: what it says of other tables is not looked at.
    """
    path = Path(source)
    if path.is_file():
        document = read_document(path)
        contract = parse_contract(document)
        table = contract.table.qualified_name.removeprefix("public.")
        return Contracts({table: contract}, {table: document})
    return read_contracts(path) if path.is_dir() else _read_revision(source, workspace)


def _read_revision(revision: str, workspace: Path) -> Contracts:
    commit = _git(workspace, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise InputError(f"{revision} is no file, no folder and no git revision of {workspace}")
    listed = _git(workspace, "ls-tree", "--name-only", commit.strip(), f"{FOLDER.as_posix()}/") or ""
    names = [name for name in listed.splitlines() if name.endswith(_SUFFIX)]
    if not names:
        raise InputError(f"{revision} has no contracts in {FOLDER}")
    texts = {name: _git(workspace, "show", f"{commit.strip()}:./{name}") or "" for name in names}
    return parse_contracts([parse_document(text, Path(f"{revision}:{name}")) for name, text in texts.items()])


def _git(workspace: Path, *words: str) -> str | None:
    """What git answers, or None if it refuses."""
    try:
        done = subprocess.run(  # noqa: S603  (no shell; a revision that starts with a dash is refused by git)
            ["git", "-C", str(workspace), *words],  # noqa: S607  (whichever git the user has)
            check=False,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
    except FileNotFoundError as error:
        raise InputError("git is not installed; name files or folders instead") from error
    return None if done.returncode else done.stdout
