"""The documents as they were: in another folder, or at a git revision. Reads only, never connects."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from mentalspace.documents import Document, parse_document, read_document
from mentalspace.errors import InputError, MentalspaceError
from mentalspace.raci.parse import FOLDER

_TIMEOUT = 30


def read_old_documents(workspace: Path, old: str) -> list[Document]:
    """The documents of `old`: of a folder if there is one of that name, else of a git revision."""
    if old and Path(old).is_dir():
        return _read_folder(Path(old))
    if os.sep in old and Path(old).exists():
        raise InputError(f"{old}: not a folder; give a folder of documents or a git revision")
    return _read_revision(workspace, old)


def _read_folder(folder: Path) -> list[Document]:
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise InputError(f"{folder}: no RACI documents; give the folder that holds the <module>.yaml files")
    return [read_document(path) for path in paths]


def _read_revision(workspace: Path, revision: str) -> list[Document]:
    """None when the revision has no such folder: then every module is new."""
    commit = _resolve(workspace, revision)
    listed = _git(workspace, "ls-tree", "-z", "--name-only", commit, f"{FOLDER.as_posix()}/")
    names = [name for name in (listed or "").split("\0") if name.endswith(".yaml")]
    return [_show(workspace, commit, revision, name) for name in sorted(names)]


def _resolve(workspace: Path, revision: str) -> str:
    """The hash of a revision, so that nothing that a caller writes is taken for an option."""
    if _git(workspace, "rev-parse", "--git-dir") is None:
        raise InputError(
            f"{workspace}: in no git repository that git will read; "
            "see `git status` there, or give a folder of documents to compare with"
        )
    commit = _git(workspace, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise InputError(
            f"{revision}: neither a folder nor a git revision here; see `git log --oneline`, or fetch it"
        )
    return commit.strip()


def _show(workspace: Path, commit: str, revision: str, name: str) -> Document:
    # ./ is the workspace, which need not be the top of its repository.
    text = _git(workspace, "show", f"{commit}:./{name}")
    if text is None:
        raise MentalspaceError(f"{revision}:{name}: git cannot show it; run `git fsck`")
    return parse_document(text, Path(f"{revision}:{name}"))


def _git(workspace: Path, *arguments: str) -> str | None:
    """What git answers, or None when it refuses."""
    command = ["git", "-C", str(workspace), *arguments]
    try:
        answer = subprocess.run(command, capture_output=True, check=False, timeout=_TIMEOUT)  # noqa: S603
    except FileNotFoundError as error:
        raise MentalspaceError(
            "git is not installed; install it, or give a folder of documents to compare with"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise MentalspaceError(f"git did not answer within {_TIMEOUT} s; try `git status` there") from error
    return answer.stdout.decode("utf-8", "replace") if answer.returncode == 0 else None
