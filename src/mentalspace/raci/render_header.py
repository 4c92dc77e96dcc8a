"""What stands above a compiled migration: purpose, effect, source, the way back, locks. Never connects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mentalspace.raci.literals import comment_text


def render_header(
    purpose: str, affects: str, modules: Sequence[str], reversal: str, locks: str
) -> Iterator[str]:
    """The five lines that every migration begins with, and an empty one."""
    sources = ", ".join(f"docs/raci/{module}.yaml" for module in modules) or "docs/raci"
    for label, text in (
        ("Purpose", purpose),
        ("Affects", affects),
        ("Source", f"{sources}, compiled by `mentalspace raci compile`; edit there, never here"),
        ("Reversal", reversal),
        ("Locks", locks),
    ):
        yield f"-- {label}: {comment_text(text)}"
    yield ""
