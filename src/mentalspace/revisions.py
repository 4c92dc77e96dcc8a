"""Documents as they were at a git revision. Reads git, never connects."""

from __future__ import annotations

import subprocess
from pathlib import Path

from mentalspace.documents import Document, parse_document
from mentalspace.errors import InputError, MentalspaceError

_TIMEOUT = 30


def read_revision(workspace: Path, revision: str, folder: Path, suffix: str) -> list[Document]:
    """A folder's documents at a revision, by name; none if it had no such folder.

    Raises `InputError` if there is no such revision, and no repository.
    """
    commit = _resolve(workspace, revision)
    listed = _git(workspace, "ls-tree", "-z", "--name-only", commit, f"{folder.as_posix()}/")
    names = [name for name in (listed or "").split("\0") if name.endswith(suffix)]
    return [_show(workspace, commit, revision, name) for name in sorted(names)]


def _resolve(workspace: Path, revision: str) -> str:
    """The hash of a revision, so that nothing that a caller writes is taken for an option."""
    if _git(workspace, "rev-parse", "--git-dir") is None:
        raise InputError(
            f"{workspace}: in no git repository that git will read; "
            "see `git status` there, or name documents to compare with"
        )
    commit = _git(workspace, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise InputError(
            f"{revision}: neither documents nor a git revision here; see `git log --oneline`, or fetch it"
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
        answer = subprocess.run(command, capture_output=True, check=False, timeout=_TIMEOUT)  # noqa: S603  (no shell)
    except FileNotFoundError as error:
        raise MentalspaceError(
            "git is not installed; install it, or name documents to compare with"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise MentalspaceError(f"git did not answer within {_TIMEOUT} s; try `git status` there") from error
    return answer.stdout.decode("utf-8", "replace") if answer.returncode == 0 else None
