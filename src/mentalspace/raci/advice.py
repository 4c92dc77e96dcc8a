"""What to write instead of a name that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MOST_SHOWN = 12


def suggest(name: str, known: Iterable[str]) -> str:
    """`write appointments`, or the list of what there is when nothing comes close."""
    names = sorted(str(each) for each in known)
    if close := get_close_matches(name, names, n=1, cutoff=0.75):
        return f"write {close[0]}"
    if not names:
        return "remove it"
    shown = ", ".join(names[:MOST_SHOWN])
    return f"write one of {shown}{', …' if len(names) > MOST_SHOWN else ''}"
