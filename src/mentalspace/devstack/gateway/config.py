"""What the gateway reads from its environment, once."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit

from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from mentalspace.errors import InputError

AUTH_ROLE = "supabase_auth_admin"


class GatewayConfig(BaseSettings):
    """The gateway's environment. Secrets never show in `repr` or in errors."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    database_url: SecretStr
    jwt_secret: SecretStr
    publishable_key: SecretStr
    secret_key: SecretStr
    port: int = 54321
    public_url: str = ""
    site_url: str = "http://127.0.0.1:3000"
    upstream_rest: str = "http://127.0.0.1:54323"
    upstream_realtime: str = "http://127.0.0.1:54324"
    # "package.module:attribute" of an ASGI app that answers /functions/v1/<name>
    functions_app: str = ""
    # as in supabase/config.toml: pg-functions://postgres/<schema>/<function>
    custom_access_token_hook: str = ""
    mail_file: Path | None = None

    @field_validator("public_url", "site_url", "upstream_rest", "upstream_realtime")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @property
    def effective_public_url(self) -> str:
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @property
    def issuer(self) -> str:
        return f"{self.effective_public_url}/auth/v1"

    @property
    def auth_database_url(self) -> str:
        """The database as the role that owns the auth tables, as on hosted; the password is this URL's."""
        parts = urlsplit(self.database_url.get_secret_value())
        password = f":{quote(parts.password, safe='%')}" if parts.password else ""
        port = f":{parts.port}" if parts.port else ""
        return parts._replace(netloc=f"{AUTH_ROLE}{password}@{parts.hostname}{port}").geturl()


def read_config() -> GatewayConfig:
    """Read the environment; raises `InputError` naming each variable that is missing or wrong."""
    try:
        return GatewayConfig()
    except ValidationError as error:
        lines = [f"{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors()]
        raise InputError("\n".join(lines)) from None
