"""As whom a feed listens: a key that does not expire, or tokens that are renewed in time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_SHARE = 0.8
_SHORTEST = timedelta(seconds=1)


@dataclass(frozen=True)
class Token:
    """What the server is shown. `expires_at` is None for a key of the project."""

    value: str
    expires_at: datetime | None = None

    def renewal(self, now: datetime) -> timedelta | None:
        """How long to wait before asking for the next one; None if this one does not expire."""
        if self.expires_at is None:
            return None
        return max((self.expires_at - now) * _SHARE, _SHORTEST)

    def __repr__(self) -> str:
        return f"Token(***, expires_at={self.expires_at})"


TokenSource = Callable[[], Awaitable[Token]]


def constant(key: str) -> TokenSource:
    """The source of a key that does not expire."""

    async def source() -> Token:
        return Token(key)

    return source


def now() -> datetime:
    return datetime.now(UTC)
