"""Spans: nothing without an endpoint, no words of exceptions, no person with one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from tests.spans import kept_spans

from mentalspace import telemetry
from mentalspace.devstack.processes import python_environment
from mentalspace.errors import InputError
from mentalspace.settings import load_settings
from mentalspace.telemetry import configure_telemetry, shutdown_telemetry, span

UNTOLD = """
import sys
from mentalspace import wiring
from mentalspace.settings import load_settings
from mentalspace.telemetry import configure_telemetry, shutdown_telemetry, span
configure_telemetry(load_settings())
with span("job run", job="sample") as note:
    note(status="succeeded")
shutdown_telemetry()
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
"""


def test_without_an_endpoint_nothing_of_it_is_imported() -> None:
    command, known = [sys.executable, "-c", UNTOLD], python_environment()
    ended = subprocess.run(command, env=known, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_span_says_what_is_noted_and_what_it_is_part_of() -> None:
    with kept_spans() as spans, span("outer", job="sample", run_id=7) as note:
        with span("inner"):
            pass
        note(status="succeeded", missing=None)
    assert spans.names == ["inner", "outer"]
    assert spans.about("outer") == [{"job": "sample", "run_id": 7, "status": "succeeded"}]
    assert spans.parents() == {"inner": "outer"}


def test_an_exception_leaves_its_class_and_none_of_its_words() -> None:
    with kept_spans() as spans, pytest.raises(ValueError, match="Jane Roe"), span("work"):
        raise ValueError("Jane Roe, jane@example.com")
    assert spans.about("work") == [{"error_class": "ValueError"}]
    assert '"status_code": "ERROR"' in spans.text
    assert "Jane" not in spans.text
    assert "jane@" not in spans.text


def test_what_looks_like_a_person_or_a_secret_is_masked() -> None:
    with kept_spans() as spans, span("work", email="x", detail="of jane@example.com", first_name="Jane"):
        pass
    assert spans.about("work") == [{"email": "***", "detail": "of ***", "first_name": "***"}]


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """An address, and what was posted to it."""
    posts: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posts.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quietly."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", posts
        finally:
            server.shutdown()
            thread.join()


def test_what_waits_is_sent_before_the_end(collector: tuple[str, list[tuple[str, bytes]]]) -> None:
    endpoint, posts = collector
    configure_telemetry(load_settings(telemetry_endpoint=endpoint))
    with span("job run", job="sample"):
        pass
    shutdown_telemetry()
    ((path, body),) = posts
    assert path == "/v1/traces"
    assert b"job run" in body
    assert b"mentalspace.job" in body
    with span("job run"):
        pass
    assert len(posts) == 1


def test_a_missing_library_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(InputError, match=r"mentalspace\[telemetry\]"):
        configure_telemetry(load_settings(telemetry_endpoint="http://127.0.0.1:1"))
    assert telemetry._provider is None
