"""Every error this toolkit raises on purpose.

    MentalspaceError            exit 3   could not run
    ├── InputError              exit 2   what the caller gave is wrong; nothing was done
    │   └── DocumentError                … in a document: every problem with its path:line
    ├── UnavailableError        exit 3   a service does not answer
    └── RefusedError            exit 3   a service answered no

A message is one line that says what to do. It never holds a row's values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class MentalspaceError(Exception):
    """The command could not run."""

    exit_code = 3

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class InputError(MentalspaceError):
    """The input is not usable; nothing was done."""

    exit_code = 2


class UnavailableError(MentalspaceError):
    """A service does not answer; start it or correct its address."""


class RefusedError(MentalspaceError):
    """A service refused the request."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in a document, with what to write instead."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class DocumentError(InputError):
    """A document is not valid."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))
