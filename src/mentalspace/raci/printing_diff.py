"""Differences of matrices for people in a terminal. Never connects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mentalspace import terminal
from mentalspace.raci.change import Change, Effect

STYLES = {Effect.widened: "yellow", Effect.narrowed: "cyan", Effect.both: "magenta"}


def show_changes(changes: Sequence[Change], old: str) -> None:
    """One line per change, those that give or take marked; a count at the end."""
    from rich.markup import escape

    for change in changes:
        mark = f"  [{STYLES[change.effect]}]{change.effect}[/]" if change.effect else ""
        terminal.show(f"{escape(change.text)}{mark}")
    terminal.show(_summarize(changes) if changes else f"nothing differs from {escape(old)}")


def list_changes(changes: Sequence[Change]) -> list[dict[str, str | None]]:
    """The same as data."""
    return [each.model_dump(mode="json") | {"kind": each.kind, "text": each.text} for each in changes]


def _summarize(changes: Sequence[Change]) -> str:
    counts = Counter(change.effect.value for change in changes if change.effect)
    counted = ", ".join(f"{count} {effect}" for effect, count in sorted(counts.items()))
    noun = "change" if len(changes) == 1 else "changes"
    return f"{len(changes)} {noun}: {counted}" if counted else f"{len(changes)} {noun}, none gives or takes"
