"""A Realtime server for the embedded stack: `postgres_changes` with row level security, broadcast, presence.

    granian --interface asgi --workers 1 mentalspace.devstack.realtime:app

`app` is built from the environment when it is first asked for.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name != "app":
        raise AttributeError(f"module {__name__} has no attribute {name}")
    from mentalspace.devstack.realtime.application import create_application, read_settings

    globals()["app"] = create_application(read_settings())
    return globals()["app"]
