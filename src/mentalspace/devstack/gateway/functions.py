"""/functions/v1/<name>: handed to the project's ASGI app, or absent as hosted Supabase says it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from typing import cast

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from mentalspace.errors import InputError


def load_functions(name: str) -> ASGIApp:
    """The ASGI app that `package.module:attribute` names; without a name, one that knows no function."""
    if not name:
        return JSONResponse({"code": "NOT_FOUND", "message": "Requested function was not found"}, 404)
    module, _, attribute = name.partition(":")
    try:
        return cast("ASGIApp", getattr(import_module(module), attribute or "app"))
    except (ImportError, AttributeError) as error:
        raise InputError(
            f"FUNCTIONS_APP: {name} cannot be imported; write package.module:attribute"
        ) from error


class Functions:
    """Calls the app with the whole path, so that it answers alike alone and behind the gateway.

    Keys and tokens are the app's to judge: on hosted Supabase too, each function says whether it wants one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app({**scope, "path_params": {}}, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start and stop what the app starts and stops with its server, if it is a Starlette app."""
        lifespan = getattr(getattr(self.app, "router", None), "lifespan_context", None)
        if lifespan is None:
            yield
            return
        async with cast("AbstractAsyncContextManager[None]", lifespan(self.app)):
            yield
