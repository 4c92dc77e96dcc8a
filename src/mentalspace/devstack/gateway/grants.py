"""Sign-up, sign-in, refresh and links: lite decides, and what it grants leaves with a full token."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from mentalspace.devstack.gateway.errors import AuthRejectionError, database_failed
from mentalspace.devstack.gateway.keys import ApiKeys
from mentalspace.devstack.gateway.proxy import HOP_BY_HOP, Upstream, onward_headers, target_of
from mentalspace.devstack.gateway.tokens import TOKEN_REFRESH, TokenIssuer
from mentalspace.devstack.gateway.users import UserStore

LARGEST_BODY = 1024 * 1024
METHODS = {"password": "password", "refresh_token": TOKEN_REFRESH, "pkce": "oauth", "id_token": "oauth"}
# lite knows neither: an invitation is confirmed as a sign-up, `email` is whichever token matches.
UNKNOWN_TO_LITE = frozenset({"email", "invite"})
REPLACED = HOP_BY_HOP | {"content-length", "content-type", "content-encoding", "date", "server"}
SERVER_ERROR = 500


class Grants:
    """The Auth requests whose answer may hold a session."""

    def __init__(self, upstream: Upstream, keys: ApiKeys, store: UserStore, tokens: TokenIssuer) -> None:
        self._upstream = upstream
        self._keys = keys
        self._store = store
        self._tokens = tokens

    async def sign_up(self, request: Request) -> Response:
        """POST /auth/v1/signup."""
        return await self._grant(request, await read_json(request), "password", "saving new user")

    async def token(self, request: Request) -> Response:
        """POST /auth/v1/token: refuses a banned or deleted user before a token is spent."""
        body = await read_json(request)
        kind = request.query_params.get("grant_type", "")
        await self._refuse_unwelcome(kind, body)
        return await self._grant(request, body, METHODS.get(kind, "password"), "granting user")

    async def verify(self, request: Request) -> Response:
        """POST /auth/v1/verify."""
        body = await read_json(request)
        if body.get("type") in UNKNOWN_TO_LITE:
            body["type"] = await self._kind_of_link(_hash_of(body))
        return await self._grant(request, body, "otp", "confirming user")

    async def follow_link(self, request: Request) -> Response:
        """GET /auth/v1/verify, from a mail and so without a key: the session goes into the redirect."""
        query = dict(request.query_params)
        asked = query.get("type", "")
        if asked in UNKNOWN_TO_LITE:
            query["type"] = await self._kind_of_link(query.get("token", ""))
        target = f"{request.url.path}?{urlencode(query)}"
        answer = await self._upstream.send("GET", target, onward_headers(request, {}))
        async with answer:
            location = answer.headers.get("location")
            if not location:
                return _copy(answer, await answer.read())
        return RedirectResponse(await self._full_fragment(location, asked), answer.status)

    async def _grant(self, request: Request, body: Mapping[str, Any], method: str, doing: str) -> Response:
        admission = self._keys.admit(request.headers, request.query_params)
        headers = onward_headers(request, admission.headers)
        for name in ("content-length", "accept-encoding"):
            headers.popall(name, None)
        headers["content-type"] = "application/json"
        data = json.dumps(body).encode()
        async with await self._upstream.send(request.method, target_of(request), headers, data) as answer:
            content = await answer.read()
        if answer.status >= SERVER_ERROR:
            raise database_failed(doing)
        if b'"access_token"' not in content:
            return _copy(answer, content)
        session = json.loads(content)
        session["access_token"] = await self._tokens.issue(session["access_token"], method)
        return _copy(answer, json.dumps(session).encode())

    async def _refuse_unwelcome(self, kind: str, body: Mapping[str, Any]) -> None:
        if kind == "refresh_token":
            standing = await self._store.find(
                "find_standing_by_refresh_token", token=str(body.get("refresh_token", ""))
            )
            banned, gone = (
                "Invalid Refresh Token: User Banned",
                "Invalid Refresh Token: Refresh Token Not Found",
            )
            code = "refresh_token_not_found"
        else:
            standing = await self._store.find("find_standing_by_email", email=str(body.get("email", "")))
            banned, gone, code = "User is banned", "Invalid login credentials", "invalid_credentials"
        if standing and standing["is_deleted"]:
            raise AuthRejectionError(400, code, gone)
        if standing and standing["is_banned"]:
            raise AuthRejectionError(400, "user_banned", banned)

    async def _kind_of_link(self, token: str) -> str:
        row = await self._store.find("find_kind_of_link", token=token)
        return str(row["kind"]) if row else "signup"

    async def _full_fragment(self, location: str, asked: str) -> str:
        parts = urlsplit(location)
        fragment = dict(parse_qsl(parts.fragment, keep_blank_values=True))
        if "access_token" in fragment:
            try:
                fragment["access_token"] = await self._tokens.issue(fragment["access_token"], "otp")
                fragment["type"] = asked
            except AuthRejectionError as error:
                fragment = {
                    "error": "access_denied",
                    "error_code": error.code,
                    "error_description": error.message,
                }
        return parts._replace(fragment=urlencode(fragment)).geturl()


async def read_json(request: Request) -> dict[str, Any]:
    """The body as a JSON object; empty if there is none. Raises Auth's 400 for anything else."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise AuthRejectionError(413, "validation_failed", "Request body is too large")
    try:
        data = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise AuthRejectionError(400, "bad_json", "Could not parse request body as JSON")
    return data


def hash_of_otp(email: str, otp: str) -> str:
    """What lite stores of a code sent by mail."""
    return hashlib.sha256(f"{email.lower()}{otp}".encode()).hexdigest()


def _hash_of(body: Mapping[str, Any]) -> str:
    if token_hash := body.get("token_hash"):
        return str(token_hash)
    return hash_of_otp(str(body.get("email", "")), str(body.get("token", "")))


def _copy(answer: aiohttp.ClientResponse, content: bytes) -> Response:
    kept = {name: value for name, value in answer.headers.items() if name.lower() not in REPLACED}
    media_type = answer.headers.get("content-type") or JSONResponse.media_type
    return Response(content, answer.status, kept, media_type)
