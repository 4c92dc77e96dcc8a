"""The channels that a practice has; the only module that knows apprise, imported when something leaves."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from mentalspace.delivery.letter import Letter
from mentalspace.delivery.planning import Reach
from mentalspace.errors import InputError, RefusedError, UnavailableError
from mentalspace.notifications import Channel

if TYPE_CHECKING:
    from mentalspace.settings import Settings

RECIPIENT = "{recipient}"
KEY_HEADER = "X-Delivery-Key"
_PATIENCE_SECONDS = 20
_TRIES = 2
_STATUS = re.compile(r"error=(\d{3})")
_SERVER_ERROR = 500
_TOO_MANY = 429
# Services of apprise that pass a header on to whoever receives the message.
_TAKE_HEADERS = ("mailto", "mailtos", "json", "jsons", "xml", "xmls", "form", "forms")


class DeliveryError(RefusedError):
    """The service refused the message, or its address."""


@dataclass(frozen=True)
class Channels:
    """Addresses of services by channel, as apprise writes them. Secret: they hold passwords and tokens."""

    urls: Mapping[Channel, str]

    @classmethod
    def from_settings(cls, settings: Settings) -> Channels:
        """The channels that have an address in the settings."""
        given = {
            Channel.email: settings.notification_email_url,
            Channel.slack: settings.notification_slack_url,
            Channel.sms: settings.notification_sms_url,
        }
        return cls(
            {channel: url.get_secret_value() for channel, url in given.items() if url.get_secret_value()}
        )

    @property
    def reach(self) -> Reach:
        """An address without a place for the recipient is one for everybody."""
        shared = {channel for channel, url in self.urls.items() if RECIPIENT not in url}
        return Reach(frozenset(self.urls), frozenset(shared))

    async def send(self, channel: Channel, address: str | None, letter: Letter, message_key: str) -> None:
        """Send once; what is lost on the way is tried a second time under the same key.

        Raises `UnavailableError` when nobody answers, `DeliveryError` for a no, `InputError` for a
        channel that is not configured or whose address apprise does not know.
        """
        if channel not in self.urls:
            raise InputError(
                f"channel {channel} is not configured; set MENTALSPACE_NOTIFICATION_{channel.upper()}_URL"
            )
        url = fill_url(self.urls[channel], address, message_key)
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(UnavailableError),
            stop=stop_after_attempt(_TRIES),
            wait=wait_random_exponential(multiplier=0.2, max=2),
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                await _send(channel, url, letter)


def fill_url(template: str, address: str | None, message_key: str) -> str:
    """A service's address with the recipient in its place, and the key as a header where one is passed on."""
    url = template.replace(RECIPIENT, quote(address or "", safe=""))
    base, _, query = url.partition("?")
    pairs = dict(parse_qsl(query, keep_blank_values=True))
    scheme = base.split(":", 1)[0]
    if scheme.startswith("mailto"):
        pairs.setdefault("format", "text")
    if scheme in _TAKE_HEADERS:
        pairs[f"+{KEY_HEADER}"] = message_key
    return f"{base}?{urlencode(pairs)}" if pairs else base


async def _send(channel: Channel, url: str, letter: Letter) -> None:
    sent, log = False, ""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            sent, log = await asyncio.to_thread(_notify, channel, url, letter)
    except TimeoutError:
        raise UnavailableError(
            f"the service of channel {channel} does not answer in time; {_look(channel)}"
        ) from None
    if sent:
        return
    # What a service says may quote an address: its status is all that is kept.
    status = int(found[1]) if (found := _STATUS.search(log)) else 0
    if status and status < _SERVER_ERROR and status != _TOO_MANY:
        raise DeliveryError(
            f"the service of channel {channel} refused the message (HTTP {status}); {_look(channel)}"
        )
    about = f" (HTTP {status})" if status else ""
    raise UnavailableError(f"the service of channel {channel} took no message{about}; {_look(channel)}")


def _look(channel: Channel) -> str:
    return f"look at MENTALSPACE_NOTIFICATION_{channel.upper()}_URL and the address"


def _notify(channel: Channel, url: str, letter: Letter) -> tuple[bool, str]:
    """In a thread of its own: apprise loads a hundred services at first, and sends with blocking sockets."""
    apprise = _load()
    service = apprise.Apprise.instantiate(url)
    if service is None:
        raise InputError(
            f"MENTALSPACE_NOTIFICATION_{channel.upper()}_URL is not an address that apprise knows, "
            "or lacks a part"
        )
    with _listening() as heard:
        sent = service.notify(body=letter.body, title=letter.subject, body_format=apprise.NotifyFormat.TEXT)
    return bool(sent), "\n".join(heard)


@contextmanager
def _listening() -> Iterator[list[str]]:
    """What apprise says meanwhile in this thread: the only place where it tells why."""
    heard: list[str] = []
    thread = threading.get_ident()

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.thread == thread:
                heard.append(record.getMessage())

    listener = Listener(logging.WARNING)
    logger = logging.getLogger("apprise")
    logger.addHandler(listener)
    try:
        yield heard
    finally:
        logger.removeHandler(listener)


def _load() -> Any:
    import warnings

    # It quotes addresses: nothing of it goes into our log. It must speak all the same, whatever level the
    # process logs from: a refusal that is not heard would look like a service that is away.
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            import apprise

            apprise.Apprise.instantiate("json://localhost")
    except ImportError as error:
        raise InputError("apprise is not installed; install mentalspace[notifications]") from error
    return apprise
