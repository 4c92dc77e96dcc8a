"""The gateway, put together: which path goes where."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from mentalspace.devstack.gateway.admin import AdminUsers
from mentalspace.devstack.gateway.administrators import administrators_only
from mentalspace.devstack.gateway.config import GatewayConfig
from mentalspace.devstack.gateway.cors import Cors, Shield
from mentalspace.devstack.gateway.errors import (
    AuthRejectionError,
    RejectionError,
    answer_database_error,
    answer_rejection,
)
from mentalspace.devstack.gateway.functions import Functions, load_functions
from mentalspace.devstack.gateway.grants import Grants
from mentalspace.devstack.gateway.health import Health, make_checks
from mentalspace.devstack.gateway.keys import ApiKeys
from mentalspace.devstack.gateway.links import AdminLinks
from mentalspace.devstack.gateway.proxy import Connections, Upstream
from mentalspace.devstack.gateway.sockets import relay
from mentalspace.devstack.gateway.tokens import AccessTokenHook, TokenIssuer
from mentalspace.devstack.gateway.users import UserStore, make_pool

# What lite's Auth knows beside what the gateway does itself; anything else it would answer with a page.
AUTH_PATHS = (
    *("otp", "magiclink", "recover", "resend", "logout", "user", "reauthenticate", "health", "settings"),
    *("authorize", "callback", ".well-known/jwks.json", ".well-known/openid-configuration"),
)
# Followed by a browser from a mail or a provider, or read before there is a key.
OPEN_AUTH_PATHS = frozenset(
    {"authorize", "callback", ".well-known/jwks.json", ".well-known/openid-configuration"}
)
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
NO_STORAGE = "Storage is not part of the embedded stack; use hosted Supabase or `supabase start` for files"


def create_app(config: GatewayConfig) -> Starlette:
    """The gateway for one project. Connects to nothing until its lifespan starts."""
    gateway = Gateway(config)
    return Starlette(
        routes=gateway.routes(),
        middleware=[Middleware(Cors), Middleware(Shield)],
        exception_handlers=HANDLERS,
        lifespan=gateway.running,
    )


class Gateway:
    """Its parts, and the routes between them."""

    def __init__(self, config: GatewayConfig) -> None:
        self.config = config
        self.keys = ApiKeys(
            config.publishable_key.get_secret_value(),
            config.secret_key.get_secret_value(),
            config.jwt_secret.get_secret_value(),
        )
        self.connections = Connections()
        self.rest = Upstream("rest", config.upstream_rest, self.connections)
        self.realtime = Upstream("realtime", config.upstream_realtime, self.connections)
        self.pool = make_pool(config.auth_database_url)
        self.store = UserStore(self.pool)
        self.functions = Functions(load_functions(config.functions_app))

    @asynccontextmanager
    async def running(self, _: Starlette) -> AsyncIterator[None]:
        """Open what the gateway holds open, and close it."""
        await self.pool.open()
        try:
            async with self.connections.opened(), self.functions.running():
                yield
        finally:
            await self.pool.close()

    def routes(self) -> list[BaseRoute]:
        return [
            *self._health_routes(),
            Mount("/auth/v1", routes=[*self._admin_routes(), *self._auth_routes()]),
            Route("/rest/v1/{path:path}", self._to_rest, methods=METHODS),
            Route("/rest/v1", self._to_rest, methods=METHODS),
            WebSocketRoute("/realtime/v1/websocket", self._to_realtime_socket),
            Route("/realtime/v1/{path:path}", self._to_realtime, methods=METHODS),
            Route("/storage/v1/{path:path}", _no_storage, methods=METHODS),
            Route("/functions/v1/{path:path}", self.functions, methods=METHODS),
        ]

    def _health_routes(self) -> list[BaseRoute]:
        health = Health(make_checks(self.store, self.rest, self.realtime, self.keys.publishable))
        return [Route("/health", health.overall), Route("/health/{part}", health.part)]

    def _admin_routes(self) -> list[BaseRoute]:
        users = AdminUsers(self.store, self.config.effective_public_url)
        links = AdminLinks(self.store, self.config)
        one = "/admin/users/{user_id}"
        endpoints = [
            ("GET", "/admin/users", users.list_users, "finding users"),
            ("POST", "/admin/users", users.create_user, "creating new user"),
            ("GET", one, users.read_user, "loading user"),
            ("PUT", one, users.change_user, "updating user"),
            ("DELETE", one, users.delete_user, "deleting user"),
            ("GET", f"{one}/factors", users.list_factors, "loading user"),
            ("POST", "/admin/generate_link", links.generate_link, "creating link"),
            ("POST", "/invite", links.invite, "inviting user"),
        ]
        return [
            Route(path, administrators_only(self.keys, endpoint, doing), methods=[method])
            for method, path, endpoint, doing in endpoints
        ]

    def _auth_routes(self) -> list[BaseRoute]:
        hook = self.config.custom_access_token_hook
        tokens = TokenIssuer(
            self.keys.jwt_secret,
            self.config.issuer,
            self.store,
            AccessTokenHook(hook, self.pool) if hook else None,
        )
        grants = Grants(self.rest, self.keys, self.store, tokens)
        return [
            Route("/signup", grants.sign_up, methods=["POST"]),
            Route("/token", grants.token, methods=["POST"]),
            Route("/verify", grants.verify, methods=["POST"]),
            Route("/verify", grants.follow_link, methods=["GET"]),
            *(Route(f"/{path}", self._to_auth, methods=METHODS) for path in AUTH_PATHS),
            Route("/{path:path}", _no_auth_path, methods=METHODS),
        ]

    async def _to_rest(self, request: Request) -> Response:
        admission = self.keys.admit(request.headers, request.query_params)
        return await self.rest.stream(request, admission.headers)

    async def _to_auth(self, request: Request) -> Response:
        if request.url.path.removeprefix("/auth/v1/") in OPEN_AUTH_PATHS:
            return await self.rest.stream(request, {})
        return await self._to_rest(request)

    async def _to_realtime(self, request: Request) -> Response:
        admission = self.keys.admit(request.headers, request.query_params)
        return await self.realtime.stream(request, admission.headers)

    async def _to_realtime_socket(self, socket: WebSocket) -> None:
        await relay(socket, self.realtime, self.keys)


async def _no_auth_path(request: Request) -> Response:
    raise AuthRejectionError(404, "not_found", f"No such path: {request.url.path}")


async def _no_such_path(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": "requested path is invalid"}, getattr(error, "status_code", 404))


HANDLERS: dict[Any, Any] = {
    RejectionError: answer_rejection,
    psycopg.Error: answer_database_error,
    404: _no_such_path,
    405: _no_such_path,
}


async def _no_storage(_: Request) -> Response:
    """A problem (RFC 9457) that storage clients can read too."""
    body = {
        "type": "about:blank",
        "title": "Not Implemented",
        "status": 501,
        "detail": NO_STORAGE,
        "statusCode": "501",
        "error": "not_implemented",
        "message": NO_STORAGE,
    }
    return JSONResponse(body, 501, media_type="application/problem+json")
