"""A finding: what was checked, what is wrong, where, and what to do. Keys and counts, never values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, field_validator

_KEY = re.compile(r"^[a-z0-9_]+(:[\w.\-]+)+$")


class Level(StrEnum):
    """`error` must be mended, `warning` should be looked at, `info` is worth knowing."""

    error = "error"
    warning = "warning"
    info = "info"


class Finding(BaseModel):
    """One result of one check.

    `key` is stable across runs (`<check>:<schema>.<table>[:<object>]`) and can be excluded in the
    settings. `owner` is a position of the practice, never a person.
    """

    model_config = ConfigDict(frozen=True)

    check: str
    title: str
    level: Level
    subject: str
    detail: str
    remediation: str
    key: str
    owner: str = ""

    @field_validator("key")
    @classmethod
    def _stable_key(cls, key: str) -> str:
        if not _KEY.match(key):
            raise ValueError("write <check>:<schema>.<table>[:<object>]")
        return key


def exclude_findings(findings: Iterable[Finding], keys: Collection[str]) -> list[Finding]:
    """The findings whose key is not excluded, worst first, then by key."""
    order = list(Level)
    kept = (finding for finding in findings if finding.key not in keys)
    return sorted(kept, key=lambda finding: (order.index(finding.level), finding.key))


def exit_code(findings: Iterable[Finding]) -> int:
    """1 when anything is worse than `info`, else 0."""
    return int(any(finding.level is not Level.info for finding in findings))
