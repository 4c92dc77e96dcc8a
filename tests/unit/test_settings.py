"""Settings: local defaults for development, none of them anywhere else, and no secret in any text."""

from __future__ import annotations

from pathlib import Path

import pytest

from mentalspace.errors import InputError
from mentalspace.settings import LOCAL_SECRET_KEY, Environment, LogLevel, load_settings

SECRET = "sb_secret_0123456789abcdefghij"
PRODUCTION = {
    "environment": "production",
    "supabase_url": "https://practice.example",
    "supabase_publishable_key": "sb_publishable_0123456789abcdef",
    "supabase_secret_key": SECRET,
    "database_url": "postgresql://postgres:0123456789abcdefghijkl@db.example:5432/postgres",
}


@pytest.fixture(autouse=True)
def empty_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_development_needs_nothing() -> None:
    settings = load_settings()
    assert settings.supabase_url == "http://127.0.0.1:54321"
    assert settings.effective_log_level is LogLevel.debug
    assert settings.effective_analytics is False
    assert settings.effective_api_base_url == settings.supabase_url


def test_production_takes_its_own() -> None:
    settings = load_settings(**PRODUCTION)
    assert settings.environment is Environment.production
    assert settings.effective_log_level is LogLevel.error
    assert settings.effective_analytics is True


@pytest.mark.parametrize("environment", ["staging", "production"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("supabase_secret_key", LOCAL_SECRET_KEY),
        ("supabase_secret_key", "short"),
        ("supabase_publishable_key", ""),
        ("supabase_url", "http://practice.example"),
        ("database_url", "postgresql://postgres:postgres@db.example:5432/postgres"),
        ("database_url", "postgresql://db.example/postgres"),
    ],
)
def test_weak_or_default_values_are_refused(environment: str, name: str, value: str) -> None:
    with pytest.raises(InputError, match=name) as caught:
        load_settings(**{**PRODUCTION, "environment": environment, name: value})
    assert SECRET not in str(caught.value)
    assert "0123456789abcdefghijkl" not in str(caught.value)


def test_secrets_never_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENTALSPACE_SUPABASE_SECRET_KEY", SECRET)
    settings = load_settings()
    assert settings.supabase_secret_key.get_secret_value() == SECRET
    assert SECRET not in repr(settings) + str(settings) + settings.model_dump_json()


def test_sources_win_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mentalspace.toml").write_text(
        'practice_time_zone = "America/Chicago"\nlog_level = "error"\n'
    )
    (tmp_path / ".env").write_text("MENTALSPACE_LOG_LEVEL=warning\nMENTALSPACE_SUPABASE_URL=http://dotenv\n")
    monkeypatch.setenv("MENTALSPACE_SUPABASE_URL", "http://environment")
    settings = load_settings()
    assert settings.practice_time_zone == "America/Chicago"
    assert settings.log_level is LogLevel.warning
    assert settings.supabase_url == "http://environment"
    assert load_settings(supabase_url="http://argument").supabase_url == "http://argument"


def test_unknown_time_zone_says_what_to_write() -> None:
    with pytest.raises(InputError, match="PRACTICE_TIME_ZONE: not an IANA time zone"):
        load_settings(practice_time_zone="Boston")
