from __future__ import annotations

import pytest
from pydantic import SecretStr
from tests.unit.devstack.gateway.asgi import JWT_SECRET, SECRET, make_config

from mentalspace.devstack.gateway.config import GatewayConfig, read_config
from mentalspace.errors import InputError

NAMES = ("DATABASE_URL", "JWT_SECRET", "PUBLISHABLE_KEY", "SECRET_KEY")


def test_missing_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError) as caught:
        read_config()
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == list(NAMES)


def test_values_never_show(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "a secret")
    monkeypatch.setenv("PORT", "a secret")
    with pytest.raises(InputError) as caught:
        read_config()
    assert "PORT" in str(caught.value)
    assert "a secret" not in str(caught.value)
    monkeypatch.delenv("PORT")
    shown = repr(make_config())
    assert SECRET not in shown
    assert JWT_SECRET not in shown


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgresql://postgres:pw@h:5/db", "postgresql://supabase_auth_admin:pw@h:5/db"),
        ("postgresql://postgres:p%40w%2F@h/db", "postgresql://supabase_auth_admin:p%40w%2F@h/db"),
        ("postgresql://h/db?sslmode=require", "postgresql://supabase_auth_admin@h/db?sslmode=require"),
    ],
)
def test_auth_logs_in_as_itself(given: str, expected: str) -> None:
    config = make_config().model_copy(update={"database_url": SecretStr(given)})
    assert config.auth_database_url == expected


def test_addresses_lose_their_slash() -> None:
    config: GatewayConfig = make_config(public_url="https://api.example/")
    assert config.issuer == "https://api.example/auth/v1"
    assert make_config(port=5000).issuer == "http://127.0.0.1:5000/auth/v1"
