"""Log lines hold no secrets and nothing of a person, and still say what happened."""

from __future__ import annotations

import json

import pytest
import structlog

from mentalspace.logs import configure_logs
from mentalspace.redaction import MASK, is_sensitive, redact_text, redact_value
from mentalspace.settings import LogLevel


@pytest.mark.parametrize(
    "name",
    [
        "email",
        "recipient_email",
        "firstName",
        "last_name",
        "phone_numbers",
        "date_of_birth",
        "ssn",
        "note_content",
        "password",
        "secret_key",
        "access_token",
        "Authorization",
        "apikey",
        "api_key",
        "client_name",
        "diagnosis",
    ],
)
def test_fields_that_look_like_a_person_or_a_secret_are_masked(name: str) -> None:
    assert is_sensitive(name)
    assert redact_value(name, "Jane Roe") == MASK
    assert redact_value("context", {"deep": [{name: "Jane Roe"}]}) == {"deep": [{name: MASK}]}


@pytest.mark.parametrize(
    "name",
    [
        "job",
        "run_id",
        "slot",
        "worker",
        "error_class",
        "error",
        "event",
        "delivery_key",
        "row_key",
        "channel",
        "consumers",
        "fencing_token",
        "host",
        "port",
        "status",
        "seconds",
        "username_count",
        "table",
    ],
)
def test_what_operators_need_stays(name: str) -> None:
    assert redact_value(name, "data_quality") == "data_quality"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("postgresql://postgres:hunter2@db.example:5432/x", "postgresql://postgres:***@db.example:5432/x"),
        ("mailtos://user:hunter2@smtp.example.com", "mailtos://user:***@smtp.example.com"),
        ("key sb_secret_hunter2hunter2", "key sb_secret_***"),
        ("eyJhbGciOiJIUzI1NiJ9.hunter2.hunter2", MASK),
        ("Bearer hunter2hunter2", "Bearer ***"),
        ("sslmode=require password=hunter2", "sslmode=require password=***"),
        ("to jane.roe@hunter2.example", "to ***"),
        ("123-45-6789 or (212) 555-0123", "*** or ***"),
    ],
)
def test_values_are_looked_through(text: str, kept: str) -> None:
    assert redact_text(text) == kept


def test_dates_keys_and_counts_stay() -> None:
    text = "2026-11-22T04:30:00+00:00 0b7c9d2e-1111-4222-8333-444455556666 127.0.0.1:54322 10000 rows"
    assert redact_text(text) == text


def test_figures_stay_under_any_name() -> None:
    assert redact_value("tokens", 3) == redact_value("notes", 3) == 3


def test_a_configured_log_is_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogLevel.info)
    structlog.get_logger().info("sent to jane@roe.example", email="jane@roe.example", job="deliver", count=2)
    structlog.reset_defaults()
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["email"], line["job"], line["count"]) == ("sent to ***", MASK, "deliver", 2)
