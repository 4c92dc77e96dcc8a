"""Contracts from a file, a folder, or a git revision. Reads files and git, never connects."""

from __future__ import annotations

from pathlib import Path

from mentalspace.contracts.contract import FOLDER, Contracts
from mentalspace.contracts.parse import PATTERN, parse_contract, parse_contracts, read_contracts
from mentalspace.documents import read_document
from mentalspace.errors import InputError
from mentalspace.revisions import read_revision


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
    documents = read_revision(workspace, revision, FOLDER, PATTERN.removeprefix("*"))
    if not documents:
        raise InputError(f"{revision} has no contracts in {FOLDER}; name a later revision, or files")
    return parse_contracts(documents)
