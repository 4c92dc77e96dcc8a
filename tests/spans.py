"""What a collector would be sent, kept in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from mentalspace import telemetry


class Spans:
    """Spans that ended, in the order of their ends."""

    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    @property
    def names(self) -> list[str]:
        return [span.name for span in self._exporter.get_finished_spans()]

    @property
    def text(self) -> str:
        """All of them as a collector could show them."""
        return "\n".join(span.to_json() for span in self._exporter.get_finished_spans())

    def about(self, name: str) -> list[dict[str, object]]:
        """The attributes of the spans of a name."""
        return [
            {key.removeprefix("mentalspace."): value for key, value in (span.attributes or {}).items()}
            for span in self._exporter.get_finished_spans()
            if span.name == name
        ]

    def parents(self) -> dict[str, str]:
        """Of each name that has one, the name of the span it is part of."""
        ended = self._exporter.get_finished_spans()
        names = {span.context.span_id: span.name for span in ended}
        return {span.name: names[span.parent.span_id] for span in ended if span.parent}


@contextmanager
def kept_spans() -> Iterator[Spans]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry.use(provider)
    try:
        yield Spans(exporter)
    finally:
        telemetry.use(None)
        provider.shutdown()
