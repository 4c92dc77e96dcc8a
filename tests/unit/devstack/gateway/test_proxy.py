"""What the gateway does to requests and answers on their way: nothing that it must not."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from aiohttp import web
from starlette.applications import Starlette
from tests.unit.devstack.gateway.asgi import PUBLISHABLE, SECRET, Request, gateway, http_scope

from mentalspace.devstack.gateway import users


async def echo(request: web.Request) -> web.Response:
    body = await request.read()
    said = {
        "method": request.method,
        "target": request.raw_path,
        "headers": sorted((name.lower(), value) for name, value in request.headers.items()),
        "length": len(body),
    }
    return web.json_response(said)


def upstream(handler: object) -> web.Application:
    app = web.Application(client_max_size=0)
    app.router.add_route("*", "/{path:.*}", handler)
    return app


def client(app: Starlette) -> httpx.AsyncClient:
    headers, transport = {"apikey": PUBLISHABLE}, httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://gateway.test", headers=headers)


async def test_the_target_is_untouched() -> None:
    target = "/rest/v1/.a/b../a%2Fb/%C3%A9?x=eq.a%2Bb%20c,(d)&y=%25&&z"
    async with gateway(upstream(echo)) as app, client(app) as http:
        assert (await http.get(target)).json()["target"] == target


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/rest/v1/../../auth/v1/token",
            "/rest/v1/%2e%2E/%2e./auth/v1/token",
            "/rest/v1/..",
            "/rest/v1/a/./b",
        ),
        *("/rest/v1/..\\..\\auth/v1/token", "/realtime/v1/../../auth/v1/token"),
    ],
)
async def test_no_path_leads_round_the_checks(path: str) -> None:
    async with gateway(upstream(echo)) as app:
        request = Request(app, http_scope("POST", path))
        request.send("http.request", body=b"", more_body=False)
        assert (await request.next())["status"] == 400


async def test_headers_of_the_hop_stay_here() -> None:
    headers = {
        "connection": "keep-alive, x-hop",
        "x-hop": "1",
        "te": "trailers",
        "prefer": "count=exact",
        "x-forwarded-for": "198.51.100.1",
        "accept-encoding": "br",
    }
    async with gateway(upstream(echo)) as app:
        request = Request(app, http_scope("GET", "/rest/v1/x", headers))
        request.send("http.request", body=b"", more_body=False)
        assert (await request.next())["status"] == 200
        seen = dict(httpx.Response(200, content=(await request.next())["body"]).json()["headers"])
    assert not {"x-hop", "te", "keep-alive"} & set(seen)
    assert (seen["prefer"], seen["accept-encoding"]) == ("count=exact", "br")
    assert seen["x-forwarded-for"] == "198.51.100.1, 203.0.113.7"
    assert (seen["x-forwarded-host"], seen["x-forwarded-proto"]) == ("gateway.test", "http")
    assert seen["host"].startswith("127.0.0.1:")


async def test_nothing_is_added_that_was_not_sent() -> None:
    async with gateway(upstream(echo)) as app:
        request = Request(app, http_scope("GET", "/rest/v1/x"))
        request.send("http.request", body=b"", more_body=False)
        await request.next()
        seen = dict(httpx.Response(200, content=(await request.next())["body"]).json()["headers"])
    own = {"host", "apikey", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}
    assert set(seen) - own == set()


async def test_answers_come_back_whole() -> None:
    async def answer(_: web.Request) -> web.Response:
        response = web.Response(status=206, body=b"\x1f\x8bnot decoded", headers={"Content-Encoding": "gzip"})
        response.headers.add("Set-Cookie", "a=1")
        response.headers.add("Set-Cookie", "b=2")
        response.headers["Content-Range"] = "0-1/2"
        return response

    async with gateway(upstream(answer)) as app:
        request = Request(app, http_scope("GET", "/rest/v1/x"))
        request.send("http.request", body=b"", more_body=False)
        start = await request.next()
        body = (await request.next())["body"]
    headers = httpx.Headers(start["headers"])
    assert (start["status"], body) == (206, b"\x1f\x8bnot decoded")
    assert headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert (headers["content-encoding"], headers["content-range"]) == ("gzip", "0-1/2")
    assert headers.get_list("access-control-allow-origin") == ["*"]


async def test_an_answer_is_passed_on_as_it_arrives() -> None:
    more = asyncio.Event()

    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first")
        await more.wait()
        await response.write(b"second")
        return response

    async with gateway(upstream(trickle)) as app:
        request = Request(app, http_scope("GET", "/rest/v1/x"))
        request.send("http.request", body=b"", more_body=False)
        await request.next()
        assert (await request.next())["body"] == b"first"
        more.set()
        assert (await request.next())["body"] == b"second"


async def test_a_body_is_passed_on_as_it_arrives() -> None:
    arrived: asyncio.Queue[bytes] = asyncio.Queue()

    async def listen(request: web.Request) -> web.Response:
        async for chunk in request.content.iter_any():
            arrived.put_nowait(chunk)
        return web.Response(text=request.headers.get("transfer-encoding", ""))

    async with gateway(upstream(listen)) as app:
        request = Request(app, http_scope("POST", "/rest/v1/x", {"transfer-encoding": "chunked"}))
        request.send("http.request", body=b"first", more_body=True)
        async with asyncio.timeout(30):
            assert await arrived.get() == b"first"
        request.send("http.request", body=b"second", more_body=False)
        assert (await request.next())["status"] == 200
        assert (await request.next())["body"] == b"chunked"


async def test_a_body_of_known_length_keeps_it() -> None:
    async with gateway(upstream(echo)) as app, client(app) as http:
        seen = (await http.post("/rest/v1/x", content=b"x" * 100_000)).json()
    assert seen["length"] == 100_000
    assert dict(seen["headers"])["content-length"] == "100000"
    assert "transfer-encoding" not in dict(seen["headers"])


async def test_a_client_that_leaves_ends_the_request_behind() -> None:
    gone = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 1000)
                await asyncio.sleep(0.01)
        finally:
            gone.set()

    async with gateway(upstream(endless)) as app:
        request = Request(app, http_scope("GET", "/rest/v1/x"))
        request.send("http.request", body=b"", more_body=False)
        await request.next()
        request.send("http.disconnect")
        async with asyncio.timeout(30):
            await gone.wait()


async def test_an_absent_service_is_a_502(caplog: pytest.LogCaptureFixture) -> None:
    async with gateway() as app, client(app) as http:
        for path in ("/rest/v1/x?apikey=secret", "/realtime/v1/api/broadcast", "/auth/v1/settings"):
            answer = await http.get(path)
            assert answer.status_code == 502
            assert answer.headers["access-control-allow-origin"] == "*"
    assert "does not answer" in caplog.text
    assert "secret" not in caplog.text


async def test_keys_of_services_are_ours() -> None:
    """A legacy key is replaced by the opaque one that the services know."""
    async with gateway(upstream(echo)) as app, client(app) as http:
        seen = (await http.get("/rest/v1/x", headers={"apikey": SECRET})).json()
    assert ["apikey", SECRET] in seen["headers"]


async def test_a_missing_database_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(users, "CHECKOUT_SECONDS", 0.2)
    path = "/auth/v1/admin/users/00000000-0000-4000-8000-000000000000"
    async with gateway() as app, client(app) as http:
        answer = await http.get(path, headers={"apikey": SECRET})
    assert (answer.status_code, answer.json()["msg"]) == (500, "Database error loading user")
    assert "database error loading user: PoolTimeout" in caplog.text
