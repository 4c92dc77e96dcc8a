"""Calls to Postgres kept as SQL: each capability's `queries.sql`, in blocks named by `-- name: verb_noun`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: ([a-z_0-9]+)$", re.MULTILINE)


class Queries(Mapping[str, LiteralString]):
    """The named statements of one capability; a missing name is a `KeyError` naming what there is."""

    def __init__(self, text: str) -> None:
        parts = _NAME.split(text)
        pairs = list(zip(parts[1::2], parts[2::2], strict=True))
        self._blocks = {name: block.strip().rstrip(";") for name, block in pairs}
        if len(self._blocks) != len(pairs):
            raise ValueError("a query is named twice")

    def __getitem__(self, name: str) -> LiteralString:
        if name not in self._blocks:
            raise KeyError(f"{name}: not among {', '.join(self._blocks)}")
        return cast("LiteralString", self._blocks[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._blocks)

    def __len__(self) -> int:
        return len(self._blocks)


@cache
def load_queries(package: str) -> Queries:
    """Read `queries.sql` of a capability (`load_queries(__package__)`). Reads a file, never connects."""
    return Queries(files(package).joinpath("queries.sql").read_text(encoding="utf-8"))
