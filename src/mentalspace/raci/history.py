"""The documents as they were: in another folder, or at a git revision. Reads only, never connects."""

from __future__ import annotations

import os
from pathlib import Path

from mentalspace.documents import Document, read_document
from mentalspace.errors import InputError
from mentalspace.raci.parse import FOLDER
from mentalspace.revisions import read_revision


def read_old_documents(workspace: Path, old: str) -> list[Document]:
    """The documents of `old`: of a folder if there is one of that name, else of a git revision."""
    if old and Path(old).is_dir():
        return _read_folder(Path(old))
    if os.sep in old and Path(old).exists():
        raise InputError(f"{old}: not a folder; give a folder of documents or a git revision")
    return read_revision(workspace, old, FOLDER, ".yaml")


def _read_folder(folder: Path) -> list[Document]:
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise InputError(f"{folder}: no RACI documents; give the folder that holds the <module>.yaml files")
    return [read_document(path) for path in paths]
