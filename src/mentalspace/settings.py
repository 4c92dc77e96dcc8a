"""Where the practice runs, and with which keys: `MENTALSPACE_*`, `.env`, `mentalspace.toml`.

Environment variables win over `.env`, which wins over `mentalspace.toml` (the workspace's own,
checked in, without secrets). Development needs nothing: it finds the embedded stack.
"""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from mentalspace.errors import InputError

# The local defaults of the embedded stack and of `supabase start`: public knowledge, refused in production.
LOCAL_URL = "http://127.0.0.1:54321"
LOCAL_DATABASE_URL = "postgresql://postgres:postgres@127.0.0.1:54322/postgres"
LOCAL_PUBLISHABLE_KEY = "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH"
LOCAL_SECRET_KEY = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz"  # noqa: S105  (a public default)
LOCAL_JWT_SECRET = "super-secret-jwt-token-with-at-least-32-characters-long"  # noqa: S105  (another)
LOCAL_SECRETS = frozenset({LOCAL_PUBLISHABLE_KEY, LOCAL_SECRET_KEY, LOCAL_JWT_SECRET})
SHORTEST_SECRET = 20


class Environment(StrEnum):
    development = "development"
    staging = "staging"
    production = "production"


class LogLevel(StrEnum):
    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"


# Production plan, section 2.2.
LOG_LEVELS = {
    Environment.development: LogLevel.debug,
    Environment.staging: LogLevel.info,
    Environment.production: LogLevel.error,
}


class Settings(BaseSettings):
    """Everything that differs between installations. Secrets never show in `repr` or in errors."""

    model_config = SettingsConfigDict(
        env_prefix="MENTALSPACE_",
        env_file=".env",
        toml_file="mentalspace.toml",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    environment: Environment = Environment.development
    workspace: Path = Path()
    supabase_url: str = LOCAL_URL
    supabase_publishable_key: SecretStr = SecretStr(LOCAL_PUBLISHABLE_KEY)
    supabase_secret_key: SecretStr = SecretStr(LOCAL_SECRET_KEY)
    database_url: SecretStr = SecretStr(LOCAL_DATABASE_URL)
    api_base_url: str = ""
    enable_analytics: bool | None = None
    log_level: LogLevel | None = None
    practice_time_zone: str = "America/New_York"
    # Services as apprise writes them; {recipient} stands where an address goes. They hold passwords.
    notification_email_url: SecretStr = SecretStr("")
    notification_slack_url: SecretStr = SecretStr("")
    notification_sms_url: SecretStr = SecretStr("")
    notification_quiet_from: time = time(21)
    notification_quiet_until: time = time(7)
    notification_digest_at: time = time(7, 30)
    notification_hourly_limit: int = Field(default=20, ge=1, description="per recipient and channel")
    worker_address: str = Field(default="", description="host:port of health and metrics; none if empty")
    telemetry_endpoint: str = Field(default="", description="address of an OTLP collector; none if empty")
    exclude_findings: tuple[str, ...] = Field(default=(), description="keys of findings to leave out")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then `.env`, then `mentalspace.toml`."""
        return init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls)

    @field_validator("practice_time_zone")
    @classmethod
    def _known_time_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("not an IANA time zone; write one such as America/New_York")
        return name

    @model_validator(mode="after")
    def _fit_for_environment(self) -> Self:
        if self.environment is not Environment.development:
            _refuse_local_values(self)
        return self

    @property
    def time_zone(self) -> ZoneInfo:
        """The practice's time zone: schedules, calendar days and generated dates use it."""
        return ZoneInfo(self.practice_time_zone)

    @property
    def effective_log_level(self) -> LogLevel:
        """The level set, else the plan's for the environment."""
        return self.log_level or LOG_LEVELS[self.environment]

    @property
    def effective_analytics(self) -> bool:
        """Analytics are off in development unless asked for (production plan, section 2.2)."""
        on = self.environment is not Environment.development
        return on if self.enable_analytics is None else self.enable_analytics

    @property
    def effective_api_base_url(self) -> str:
        return self.api_base_url or self.supabase_url


def load_settings(**overrides: object) -> Settings:
    """Read the settings; raises `InputError` with one line per wrong value, never the value itself."""
    given: dict[str, Any] = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        raise InputError("\n".join(_explain(item) for item in error.errors())) from None


def _refuse_local_values(settings: Settings) -> None:
    where = settings.environment
    for name in ("supabase_publishable_key", "supabase_secret_key"):
        value = getattr(settings, name).get_secret_value()
        if value in LOCAL_SECRETS or len(value) < SHORTEST_SECRET:
            raise ValueError(f"{name} is missing, weak or a local default; {where} needs its own")
    if urlsplit(settings.supabase_url).scheme != "https":
        raise ValueError(f"supabase_url must start with https:// in {where}")
    password = urlsplit(settings.database_url.get_secret_value()).password or ""
    if settings.database_url.get_secret_value() == LOCAL_DATABASE_URL or len(password) < SHORTEST_SECRET:
        raise ValueError(
            f"database_url is missing, a local default, or its password has under "
            f"{SHORTEST_SECRET} characters; {where} needs its own"
        )


def _explain(item: object) -> str:
    assert isinstance(item, dict)  # noqa: S101  (pydantic's ErrorDetails)
    name = "_".join(str(part) for part in item["loc"]).upper()
    variable = f"MENTALSPACE_{name}: " if name else ""
    return f"{variable}{str(item['msg']).removeprefix('Value error, ')}"
