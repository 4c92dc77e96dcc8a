"""What one stack is: its folder, its ports, its keys, and the environment its parts are given."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from mentalspace.devstack.ports import Ports
from mentalspace.settings import LOCAL_JWT_SECRET, LOCAL_PUBLISHABLE_KEY, LOCAL_SECRET_KEY

SUPERUSER = "supabase_admin"
PASSWORD = "postgres"  # noqa: S105  (local and public knowledge)
FRONTEND_URL = "http://127.0.0.1:3000"


@dataclass(frozen=True)
class Keys:
    """The local defaults, unless MENTALSPACE_STACK_* say otherwise. Never the keys of a hosted project."""

    publishable: str = field(
        default_factory=lambda: _named("PUBLISHABLE_KEY", LOCAL_PUBLISHABLE_KEY), repr=False
    )
    secret: str = field(default_factory=lambda: _named("SECRET_KEY", LOCAL_SECRET_KEY), repr=False)
    jwt_secret: str = field(default_factory=lambda: _named("JWT_SECRET", LOCAL_JWT_SECRET), repr=False)


@dataclass(frozen=True)
class Stack:
    """One embedded Supabase of a workspace."""

    workspace: Path
    ports: Ports = field(default_factory=Ports)
    keys: Keys = field(default_factory=Keys)
    named_folder: Path | None = None

    @property
    def folder(self) -> Path:
        """Where its data, logs and state are: git-ignored, one per port, gone with `reset`."""
        return self.named_folder or self.workspace / ".mentalspace" / f"stack-{self.ports.gateway}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports.gateway}"

    @property
    def database_url(self) -> str:
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.ports.postgres}/postgres"

    @property
    def mail_file(self) -> Path:
        return self.folder / "mail.jsonl"

    @property
    def is_default(self) -> bool:
        """Whether commands find it without being told."""
        return self.ports == Ports() and self.keys == Keys(LOCAL_PUBLISHABLE_KEY, LOCAL_SECRET_KEY)

    def client_environment(self) -> dict[str, str]:
        """What `mentalspace` commands need to work on this stack."""
        return {
            "MENTALSPACE_ENVIRONMENT": "development",
            "MENTALSPACE_SUPABASE_URL": self.url,
            "MENTALSPACE_DATABASE_URL": self.database_url,
            "MENTALSPACE_SUPABASE_PUBLISHABLE_KEY": self.keys.publishable,
            "MENTALSPACE_SUPABASE_SECRET_KEY": self.keys.secret,
        }

    def server_environment(self, port: int) -> dict[str, str]:
        """What every part of the stack is told."""
        return {
            **self.client_environment(),
            "PORT": str(port),
            "DATABASE_URL": self.database_url,
            "JWT_SECRET": self.keys.jwt_secret,
            "PUBLISHABLE_KEY": self.keys.publishable,
            "SECRET_KEY": self.keys.secret,
            "PUBLIC_URL": self.url,
            "SITE_URL": _named("SITE_URL", FRONTEND_URL),
            "MAIL_FILE": str(self.mail_file),
            "UPSTREAM_REST": f"http://127.0.0.1:{self.ports.rest}",
            "UPSTREAM_REALTIME": f"http://127.0.0.1:{self.ports.realtime}",
            "DO_NOT_TRACK": "1",
            "LITE_TELEMETRY": "0",
        }


def _named(name: str, default: str) -> str:
    return os.environ.get(f"MENTALSPACE_STACK_{name}") or default
