"""Who is present in a topic, and what changed. Never connects."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Entries = dict[str, dict[str, list[dict[str, Any]]]]


@dataclass(frozen=True)
class Diff:
    """What members are told: entries by key, as Phoenix writes them."""

    joins: Entries = field(default_factory=dict)
    leaves: Entries = field(default_factory=dict)

    @property
    def payload(self) -> dict[str, Any]:
        return {"joins": self.joins, "leaves": self.leaves}


class Presences:
    """The tracked members of one topic; a member is whatever object tracks itself."""

    def __init__(self) -> None:
        self._metas: dict[object, tuple[str, dict[str, Any]]] = {}

    def track(self, member: object, key: str, meta: Mapping[str, Any]) -> Diff:
        """Remember what a member says of itself; a second time replaces the first."""
        before = self._metas.get(member)
        said = {name: value for name, value in meta.items() if not name.startswith("phx_ref")}
        said["phx_ref"] = secrets.token_urlsafe(12)
        if before:
            said["phx_ref_prev"] = before[1]["phx_ref"]
        self._metas[member] = (key, said)
        return Diff(_entry(key, said), _entry(*before) if before else {})

    def untrack(self, member: object) -> Diff | None:
        """Forget a member; None if it was not tracked."""
        before = self._metas.pop(member, None)
        return Diff(leaves=_entry(*before)) if before else None

    @property
    def state(self) -> Entries:
        """Everybody present, by key; one key may be tracked by several members."""
        state: Entries = {}
        for key, meta in self._metas.values():
            state.setdefault(key, {"metas": []})["metas"].append(meta)
        return state


def _entry(key: str, meta: dict[str, Any]) -> Entries:
    return {key: {"metas": [meta]}}
