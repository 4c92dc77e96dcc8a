"""What a log line may not hold: secrets, and what looks like a person's. A net, not a licence. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from itertools import pairwise
from typing import Any

MASK = "***"
# Words that the name of a masked field is made of: `email`, `first_name`, `secret_key`; not `delivery_key`.
_PERSONAL = (
    "email phone phones fax ssn mrn dob birth birthday address street city zip patient diagnosis diagnoses "
    "medication content note notes narrative transcript body insurance member"
)
_SECRET = "password passwd passphrase secret token authorization cookie jwt apikey credential credentials"  # noqa: S105  (words)
_WORDS = frozenset([*_PERSONAL.split(), *_SECRET.split()])
_PAIRS = frozenset(
    {
        ("first", "name"),
        ("last", "name"),
        ("middle", "name"),
        ("full", "name"),
        ("client", "name"),
        ("medical", "record"),
        ("api", "key"),
        ("publishable", "key"),
        ("private", "key"),
        ("encryption", "key"),
    }
)
# Names that hold one of the words, and are known to hold neither.
_HARMLESS = frozenset({"fencing_token"})
_SPLIT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
_VALUES = (
    (re.compile(r"(?<=://)([^\s:/@]*):[^\s@]+@"), rf"\1:{MASK}@"),  # user:password@host
    (re.compile(r"\bsb_(secret|publishable)_[\w-]+"), rf"sb_\1_{MASK}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), MASK),  # a JWT
    (re.compile(r"(?i)\b(bearer|basic) +[\w.~+/=-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"(?i)\b(password|secret|token|apikey)=[^\s&,;]+"), rf"\1={MASK}"),
    (re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+"), MASK),  # an email address
    (re.compile(r"\b\d{3}-\d{2}-\d{4}\b"), MASK),  # a social security number
    (
        re.compile(r"(?<![\w-])(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w-])"),
        MASK,
    ),  # a phone number
)


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask an event's fields; the last of structlog's processors before the renderer."""
    return {name: redact_value(name, value) for name, value in event.items()}


def redact_value(name: str, value: Any) -> Any:
    """The value as it may be written: masked for its field's name, else what it holds is looked through."""
    if value is not None and not isinstance(value, bool | int | float) and is_sensitive(name):
        return MASK
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {key: redact_value(str(key), each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_value("", each) for each in value]
    if isinstance(value, BaseException):
        return redact_text(str(value))
    return value


def is_sensitive(name: str) -> bool:
    """Whether a field of this name is masked whatever it holds."""
    if name in _HARMLESS:
        return False
    words = [word.lower() for word in _SPLIT.split(name) if word]
    return bool(_WORDS.intersection(words)) or any(pair in _PAIRS for pair in pairwise(words))


def redact_text(text: str) -> str:
    """The text without what looks like a secret or like a person's."""
    for pattern, mask in _VALUES:
        text = pattern.sub(mask, text)
    return text
