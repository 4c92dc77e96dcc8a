"""What leaves the house: texts for each channel, without PHI. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from mentalspace.notifications import Channel

_SENDER = "MentalSpace"
_SIGN_IN = f"Sign in to {_SENDER} to see more."
_MOST_LINES = 50
_SMS_LENGTH = 160
# Texts hold names, keys and counts. Should somebody forget, what looks like a person's does not leave.
_PERSONAL = re.compile(
    r"[\w.+'-]+@[\w-]+(\.[\w-]+)+"  # email
    r"|\b\d{3}-\d{2}-\d{4}\b"  # social security number
    r"|(?<![\w-])(\+?1[ .-]?)?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])"  # phone
    r"|\b(?:MRN|DOB)\b[:# ]*[\w/-]+",
    re.IGNORECASE,
)
_KEY = re.compile(r"\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


@dataclass(frozen=True)
class Item:
    """What one notification says."""

    subject: str
    message: str
    urgent: bool = False


@dataclass(frozen=True)
class Letter:
    """What a channel is given."""

    subject: str
    body: str


def name_reference(message_key: str) -> str:
    """What a recipient can tell a repetition by: the same key has the same reference."""
    return sha256(message_key.encode()).hexdigest()[:10]


def compose_letter(channel: Channel, items: Sequence[Item], message_key: str, *, digest: bool) -> Letter:
    """The text of a message, or of a digest. Email says all; chat and SMS, at third parties, the subject."""
    reference = name_reference(message_key)
    head = _head(items, digest=digest)
    if channel is Channel.sms:
        tail = f" Ref {reference}"
        return Letter("", f"{_SENDER}: {head}"[: _SMS_LENGTH - len(tail)] + tail)
    body = _digest_body(items) if digest else _clean(items[0].message)
    shown = [body] if channel is Channel.email else []
    return Letter(f"[{_SENDER}] {head}", "\n\n".join([*shown, f"{_SIGN_IN}\nRef {reference}"]))


def _head(items: Sequence[Item], *, digest: bool) -> str:
    if digest:
        return f"{len(items)} message{'' if len(items) == 1 else 's'}"
    return ("URGENT: " if items[0].urgent else "") + _clean(items[0].subject)


def _digest_body(items: Sequence[Item]) -> str:
    counted = Counter(_clean(item.subject) for item in items).most_common()
    lines = [f"- {subject}" + (f" ({number} times)" if number > 1 else "") for subject, number in counted]
    left = len(lines) - _MOST_LINES
    return "\n".join([*lines[:_MOST_LINES], *([f"… and {left} more"] if left > 0 else [])])


def _clean(text: str) -> str:
    """Without what looks like a person's, and with keys too short to be looked up outside."""
    return _KEY.sub(r"\1…", _PERSONAL.sub("[removed]", text))
