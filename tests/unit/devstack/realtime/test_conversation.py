"""The conversation with a socket, as far as it needs no database: nothing answers where the feed looks."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from starlette.applications import Starlette
from tests.realtime_clients import KEYS, Client, Refused, connected, fetch, serving, sign

from mentalspace.devstack.realtime import session, websocket
from mentalspace.devstack.realtime.outbox import Outbox
from mentalspace.devstack.realtime.tokens import Caller

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
KEY = {"apikey": KEYS.publishable_key}
TOPIC = "realtime:room"
VERSIONS = ["1.0.0", "2.0.0"]


@pytest.fixture
async def application() -> AsyncIterator[Starlette]:
    async with serving(NOWHERE) as application:
        yield application


async def members(
    application: Starlette, stack: AsyncExitStack, count: int, version: str = "2.0.0", **config: Any
) -> list[Client]:
    clients = [await stack.enter_async_context(connected(application, version=version)) for _ in range(count)]
    for client in clients:
        assert (await client.join(**config))["status"] == "ok"
    return clients


@pytest.mark.parametrize(
    ("key", "version"),
    [
        (None, "1.0.0"),
        ("", "1.0.0"),
        ("wrong", "1.0.0"),
        (sign(seconds=-1), "2.0.0"),
        (sign(role="x"), "2.0.0"),
        (KEYS.publishable_key, "3.0.0"),
    ],
)
async def test_the_handshake_is_refused(application: Starlette, key: str | None, version: str) -> None:
    with pytest.raises(Refused):
        async with connected(application, key, version):
            pass


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_heartbeat_is_answered(application: Starlette, version: str) -> None:
    async with connected(application, version=version) as client:
        ref = client.send("phoenix", "heartbeat", {})
        reply = await client.receive()
        assert (reply["ref"], reply["payload"]) == (ref, {"status": "ok", "response": {}})
        client.send_raw(
            '{"topic":"phoenix","event":"heartbeat","payload":{},"ref":null}'
        ) if version == "1.0.0" else (client.send_raw('[null,null,"phoenix","heartbeat",{}]'))
        assert (await client.receive())["ref"] is None


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_join_is_answered_with_its_refs(application: Starlette, version: str) -> None:
    async with connected(application, version=version) as client:
        ref = client.send(TOPIC, "phx_join", {"config": {}}, "9")
        reply = await client.receive()
        assert (reply["ref"], reply["join_ref"], reply["topic"]) == (ref, "9", TOPIC)
        assert reply["payload"] == {"status": "ok", "response": {"postgres_changes": []}}


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("realtime:", {}, "TopicNameRequired"),
        ("other:room", {}, "TopicNameRequired"),
        (TOPIC, {"config": {"private": True}}, "serves public channels only; join without `private: true`"),
        (TOPIC, {"config": 7}, "InvalidJoinPayload: config"),
        (TOPIC, {"access_token": sign(seconds=-1)}, "InvalidJWTToken: Token has expired"),
        (TOPIC, {"access_token": sign(secret="1" * 32)}, "MalformedJWT"),
        (TOPIC, {"access_token": sign(role="postgres")}, "role must be one of"),
    ],
)
async def test_a_join_is_refused_with_a_reason(
    application: Starlette, topic: str, payload: dict[str, Any], reason: str
) -> None:
    async with connected(application) as client:
        client.send(topic, "phx_join", payload, "1")
        reply = await client.expect("phx_reply")
        assert reply["status"] == "error"
        assert reason in reply["response"]["reason"]
        client.send(topic, "broadcast", {"event": "e"})
        assert (await client.expect("phx_reply"))["response"] == {"reason": "unmatched topic"}


async def test_too_many_channels(application: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MOST_CHANNELS", 2)
    async with connected(application) as client:
        for topic, status in (("a", "ok"), ("b", "ok"), ("a", "ok"), ("c", "error")):
            client.send(f"realtime:{topic}", "phx_join", {})
            reply = await client.receive()
            while reply["event"] == "phx_close":  # the second join of a topic closes the first
                reply = await client.receive()
            assert reply["payload"]["status"] == status


@pytest.mark.parametrize("data", ["", "{}", "no json", b"\x09", b"", '["1","1","t","e",7]'])
async def test_a_malformed_frame_closes_its_socket_only(application: Starlette, data: str | bytes) -> None:
    async with connected(application) as client, connected(application) as other:
        client.send_raw(data)
        assert (await client.expect("closed"))["code"] == websocket.MALFORMED
        assert (await other.join())["status"] == "ok"


async def test_a_frame_over_a_megabyte_closes_its_socket(application: Starlette) -> None:
    async with connected(application) as client:
        client.send_raw("x" * (websocket.LARGEST_FRAME + 1))
        assert (await client.expect("closed"))["code"] == websocket.TOO_BIG


async def test_silence_closes_the_socket(application: Starlette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "SILENCE_SECONDS", 0.05)
    async with connected(application) as client:
        assert (await client.expect("closed"))["code"] == websocket.SILENT


async def test_a_client_that_does_not_read_is_closed_and_costs_the_others_nothing(
    application: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "Outbox", lambda: Outbox(largest=10_000))
    monkeypatch.setattr(websocket, "FAREWELL_SECONDS", 0.05)
    async with AsyncExitStack() as stack:
        slow, reader, sender = await members(application, stack, 3)
        slow.reading.clear()
        for number in range(100):
            sender.send(TOPIC, "broadcast", {"event": "e", "payload": {"n": number, "pad": "x" * 200}}, "1")
            assert (await reader.receive())["event"] == "binary"
        await slow.ended()
        slow.reading.set()
        assert slow.waiting < 60  # of a hundred: what does not fit is not kept


async def test_leaving_closes_the_channel(application: Starlette) -> None:
    async with connected(application) as client:
        await client.join()
        client.send(TOPIC, "phx_leave", {}, "1")
        assert (await client.expect("phx_reply"))["status"] == "ok"
        closing = await client.receive()
        assert (closing["event"], closing["ref"], closing["join_ref"]) == ("phx_close", "1", "1")
        client.send(TOPIC, "phx_leave", {}, "1")
        assert (await client.expect("phx_reply"))["response"] == {"reason": "unmatched topic"}


async def test_a_second_join_of_a_topic_closes_the_first(application: Starlette) -> None:
    async with AsyncExitStack() as stack:
        client, other = await members(application, stack, 2, broadcast={"self": True})
        client.send(TOPIC, "phx_join", {"config": {"broadcast": {"self": True}}}, "2")
        closing = await client.receive()
        assert (closing["event"], closing["join_ref"]) == ("phx_close", "1")
        assert (await client.expect("phx_reply"))["status"] == "ok"
        other.send(TOPIC, "broadcast", {"event": "e", "payload": 1}, "1")
        assert (await client.receive())["event"] == "binary"
        await client.silent()


@pytest.mark.parametrize("version", VERSIONS)
async def test_broadcast_self_and_ack(application: Starlette, version: str) -> None:
    async with AsyncExitStack() as stack:
        (quiet,) = await members(application, stack, 1, version)
        (loud,) = await members(application, stack, 1, version, broadcast={"self": True, "ack": True})
        ref = loud.send(TOPIC, "broadcast", {"type": "broadcast", "event": "e", "payload": {"a": 1}}, "1")
        for client in (quiet, loud):
            message = await client.receive()
            if version == "1.0.0":
                assert message["payload"] == {"type": "broadcast", "event": "e", "payload": {"a": 1}}
            else:
                assert message["payload"].endswith(b'realtime:roome{"a":1}')
        reply = await loud.receive()
        assert (reply["event"], reply["ref"]) == ("phx_reply", ref)
        quiet.send(TOPIC, "broadcast", {"event": "e", "payload": {}}, "1")
        assert (await loud.receive())["event"] in ("broadcast", "binary")
        await quiet.silent()  # no self, no ack


async def test_bytes_reach_version_2_only(application: Starlette) -> None:
    async with AsyncExitStack() as stack:
        old, text = await members(application, stack, 2, "1.0.0")
        sender, new = await members(application, stack, 2, "2.0.0")
        sender.send_raw(b"\x03\x01\x01\x0d\x01\x00\x00" + b"12realtime:roome" + b"\x00\xff")
        assert (await new.receive())["payload"] == b"\x04\x0d\x01\x00\x00realtime:roome\x00\xff"
        await old.silent()
        text.send(TOPIC, "broadcast", {"event": "e", "payload": {"ü": 1}}, "1")
        assert (await old.receive())["payload"]["payload"] == {"ü": 1}


async def test_other_topics_hear_nothing(application: Starlette) -> None:
    async with AsyncExitStack() as stack:
        one, same = await members(application, stack, 2, "1.0.0", topic="a")
        (other,) = await members(application, stack, 1, "1.0.0", topic="b")
        one.send("realtime:a", "broadcast", {"event": "e", "payload": {}}, "1")
        await same.expect("broadcast")
        await other.silent()


async def test_broadcast_over_http(application: Starlette) -> None:
    async with AsyncExitStack() as stack:
        (client,) = await members(application, stack, 1, "1.0.0")
        messages = [{"topic": "room", "event": "e", "payload": {"n": n}, "private": False} for n in (1, 2)]
        body = json.dumps({"messages": [*messages, {"topic": "other", "event": "e"}]}).encode()
        base = "/realtime/v1/api/broadcast"
        assert await fetch(application, base, body=body, headers=KEY) == (202, None)
        assert [(await client.expect("broadcast"))["payload"] for _ in range(2)] == [{"n": 1}, {"n": 2}]
        token = {**KEY, "authorization": f"Bearer {sign()}", "content-type": "application/json"}
        status, _ = await fetch(application, f"{base}/room/events/e", body=b"[3]", headers=token)
        assert (status, (await client.expect("broadcast"))["payload"]) == (202, [3])


async def test_bytes_over_http(application: Starlette) -> None:
    async with AsyncExitStack() as stack:
        (client,) = await members(application, stack, 1)
        headers = {**KEY, "content-type": "application/octet-stream"}
        path = "/realtime/v1/api/broadcast/room/events/e"
        assert await fetch(application, path, body=b"\x00\xff", headers=headers) == (202, None)
        assert (await client.receive())["payload"].endswith(b"\x00\xff")


@pytest.mark.parametrize(
    ("path", "body", "headers", "query", "status"),
    [
        ("", b"{}", {}, "", 401),
        ("", b"{}", {"apikey": "wrong"}, "", 401),
        ("", b'{"messages":[]}', {**KEY, "authorization": f"Bearer {sign(seconds=-1)}"}, "", 401),
        ("", b"{}", KEY, "", 422),
        ("", b"no json", KEY, "", 422),
        ("", b'{"messages":[{"topic":"room","event":"e","payload":NaN}]}', KEY, "", 422),
        ("/room/events/e", b"1e999", KEY, "", 422),
        ("/room/events/e", b"[" * 100_000, KEY, "", 422),
        ("", b'{"messages":[{"topic":"room"}]}', KEY, "", 422),
        ("", b'{"messages":[{"topic":"room","event":"e","private":true}]}', KEY, "", 422),
        ("/room/events/e", b"no json", KEY, "", 422),
        ("/room/events/e", b"{}", KEY, "private=true", 422),
        ("/room/events/e", b" " * (1 << 20) + b"{}", KEY, "", 413),
    ],
)
async def test_broadcast_over_http_is_refused(
    application: Starlette, path: str, body: bytes, headers: dict[str, str], query: str, status: int
) -> None:
    async with AsyncExitStack() as stack:
        (client,) = await members(application, stack, 1)
        answer = await fetch(
            application, f"/realtime/v1/api/broadcast{path}", body=body, headers=headers, query=query
        )
        assert answer[0] == status
        assert answer[1]["error"]
        await client.silent(0.02)


async def test_presence(application: Starlette) -> None:
    async with AsyncExitStack() as stack:
        presence = {"key": "anna", "enabled": True}
        (anna,) = await members(application, stack, 1, presence=presence)
        assert await anna.expect("presence_state") == {}
        anna.send(TOPIC, "presence", {"type": "presence", "event": "track", "payload": {"on": "phone"}}, "1")
        assert (await anna.expect("phx_reply"))["status"] == "ok"
        (entry,) = (await anna.expect("presence_diff"))["joins"]["anna"]["metas"]
        assert (entry["on"], bool(entry["phx_ref"])) == ("phone", True)
        bert = await stack.enter_async_context(connected(application))
        await bert.join(presence={"key": "", "enabled": True})
        assert await bert.expect("presence_state") == {"anna": {"metas": [entry]}}
        anna.send(TOPIC, "presence", {"event": "untrack"}, "1")
        assert await bert.expect("presence_diff") == {"joins": {}, "leaves": {"anna": {"metas": [entry]}}}


async def test_who_leaves_or_disconnects_is_no_longer_present(application: Starlette) -> None:
    async with AsyncExitStack() as stack:
        (watcher,) = await members(application, stack, 1, presence={"enabled": True})
        await watcher.expect("presence_state")
        async with connected(application) as gone, connected(application) as left:
            for key, client in (("gone", gone), ("left", left)):
                await client.join(presence={"key": key})
                client.send(TOPIC, "presence", {"event": "track", "payload": {}}, "1")
                assert list((await watcher.expect("presence_diff"))["joins"]) == [key]
            left.send(TOPIC, "phx_leave", {}, "1")
            assert list((await watcher.expect("presence_diff"))["leaves"]) == ["left"]
        assert list((await watcher.expect("presence_diff"))["leaves"]) == ["gone"]


async def test_who_tracks_hears_of_the_others_without_having_asked(application: Starlette) -> None:
    async with AsyncExitStack() as stack:
        first, second = await members(application, stack, 2)
        first.send(TOPIC, "presence", {"event": "track", "payload": {"n": 1}}, "1")
        await second.silent(0.02)
        second.send(TOPIC, "presence", {"event": "track", "payload": {"n": 2}}, "1")
        assert (await second.expect("phx_reply"))["status"] == "ok"
        assert len(await second.expect("presence_state")) == 1
        assert len((await second.expect("presence_diff"))["joins"]) == 1


@pytest.mark.parametrize("payload", [{}, {"event": "dance"}, {"event": "track", "payload": [1]}])
async def test_other_presence_events_are_refused(application: Starlette, payload: dict[str, Any]) -> None:
    async with AsyncExitStack() as stack:
        (client,) = await members(application, stack, 1)
        client.send(TOPIC, "presence", payload, "1")
        assert (await client.expect("phx_reply"))["status"] == "error"


@pytest.fixture
def an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Timers and checks of expiry see a clock that is nearly an hour ahead."""
    late = 3599.0
    monkeypatch.setattr(Caller, "seconds_left", lambda self: self.expires_at - time.time() - late)


@pytest.mark.usefixtures("an_hour_later")
async def test_a_token_that_expires_closes_the_channel(application: Starlette) -> None:
    async with connected(application) as client:
        await client.join(token=sign(seconds=3600))
        system = await client.expect("system")
        assert (system["status"], system["extension"]) == ("error", "system")
        assert "Token has expired" in system["message"]
        await client.expect("phx_close")
        client.send(TOPIC, "broadcast", {"event": "e"}, "1")
        assert (await client.expect("phx_reply"))["response"] == {"reason": "unmatched topic"}


@pytest.mark.usefixtures("an_hour_later")
async def test_a_fresh_token_keeps_the_channel(application: Starlette) -> None:
    async with connected(application) as client:
        await client.join(token=sign(seconds=3600))
        client.send(TOPIC, "access_token", {"access_token": sign(seconds=7200)}, "1")
        await client.silent(1.3)


@pytest.mark.parametrize("token", [None, "sb_publishable_for_tests"])
async def test_no_token_changes_nothing(application: Starlette, token: str | None) -> None:
    async with AsyncExitStack() as stack:
        client, other = await members(application, stack, 2, "1.0.0")
        client.send(TOPIC, "access_token", {"access_token": token}, "1")
        client.send(TOPIC, "broadcast", {"event": "e", "payload": {}}, "1")
        await other.expect("broadcast")
        await client.silent(0.02)


@pytest.mark.parametrize("token", [sign(seconds=-1), "rubbish", 7, sign(role="postgres")])
async def test_a_bad_token_closes_the_channel(application: Starlette, token: Any) -> None:
    async with connected(application) as client:
        await client.join()
        client.send(TOPIC, "access_token", {"access_token": token}, "1")
        assert (await client.expect("system"))["status"] == "error"
        await client.expect("phx_close")


async def test_changes_are_refused_while_the_database_is_away(
    application: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "FEED_SECONDS", 0.05)
    await asyncio.sleep(0.05)
    async with connected(application) as client:
        reply = await client.join({"event": "*", "schema": "public", "table": "notes"})
        assert reply["status"] == "error"
        assert "DatabaseUnavailable" in reply["response"]["reason"]
    status, body = await fetch(application, "/health", method="GET")
    assert (status, body["status"], body["feed"]["alive"], body["channels"]) == (503, "unavailable", False, 0)
    assert body["feed"]["problem"]
