"""Traces for OpenTelemetry, when an endpoint is set: else nothing of it is imported, made or sent.

Spans bear names, keys and counts. They go through the same net as log lines, and an exception leaves its
class: never its words, which may quote a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mentalspace.errors import InputError
from mentalspace.redaction import redact_value

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

    from mentalspace.settings import Settings

Note = Callable[..., None]
_FLUSH_MILLISECONDS = 2000
_provider: TracerProvider | None = None


def configure_telemetry(settings: Settings) -> None:
    """Send spans to the endpoint of the settings; without one, do nothing.

    Raises `InputError` if the extra is not installed.
    """
    if not settings.telemetry_endpoint:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise InputError(
            "MENTALSPACE_TELEMETRY_ENDPOINT is set, which needs pip install 'mentalspace[telemetry]'"
        ) from error
    about = {"service.name": "mentalspace", "deployment.environment.name": settings.environment.value}
    provider = TracerProvider(resource=Resource(about), shutdown_on_exit=False)
    address = f"{settings.telemetry_endpoint.rstrip('/')}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(address, timeout=2)))
    use(provider)


def use(provider: TracerProvider | None) -> None:
    """Make spans with this provider from now on; with None, none."""
    global _provider  # noqa: PLW0603  (one of a process, as its log is)
    _provider = provider


def shutdown_telemetry() -> None:
    """Send what waits, for two seconds at most, and make no more spans."""
    if _provider is not None:
        _provider.force_flush(_FLUSH_MILLISECONDS)
        _provider.shutdown()
        use(None)


@contextmanager
def span(name: str, **about: object) -> Iterator[Note]:
    """Time a piece of work; the `note` that is yielded adds what is known later.

    What is raised passes through, and its class is noted.
    """
    if _provider is None:
        yield _ignore
        return
    from opentelemetry.trace import Status, StatusCode

    tracer = _provider.get_tracer("mentalspace")
    with tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as current:

        def note(**more: object) -> None:
            _note(current, more)

        note(**about)
        try:
            yield note
        except BaseException as error:
            note(error_class=type(error).__name__)
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def _note(current: Span, about: dict[str, object]) -> None:
    for name, value in about.items():
        if value is not None:
            current.set_attribute(f"mentalspace.{name}", _plain(redact_value(name, value)))


def _plain(value: Any) -> str | bool | int | float:
    return value if isinstance(value, str | bool | int | float) else str(value)


def _ignore(**_: object) -> None:
    """Nobody listens."""
