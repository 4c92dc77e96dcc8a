"""One port for everything a Supabase client asks: REST, Auth, Realtime, functions, health.

`granian --interface asgi mentalspace.devstack.gateway:app` reads the environment once; see `config`.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    """`app`, made from the environment when it is first asked for: importing this package needs none."""
    if name != "app":
        raise AttributeError(name)
    from mentalspace.devstack.gateway.application import create_app
    from mentalspace.devstack.gateway.config import read_config

    globals()["app"] = create_app(read_config())
    return globals()["app"]
