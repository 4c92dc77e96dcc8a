"""The Data API as supabase-py and raw requests see it, against what PostgREST answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest
from postgrest.exceptions import APIError
from supabase import AsyncClient
from tests.conftest import RunningStack
from tests.integration.gateway.conftest import Person, eventually

from mentalspace.database.connection import Connection

pytestmark = pytest.mark.stack
READ_AT = "2026-11-22T01:08:27.85+00:00"
BOOK = {
    "title": "Listening",
    "price": 9.50,
    "pages": 120,
    "tags": ["calm", "two words"],
    "extra": {"list": [1, "2", None], "deep": {"yes": True}},
    "cover": "\\x6869",
    "read_at": READ_AT,
    "printed_on": "2020-02-29",
}


async def insert(client: AsyncClient, *books: dict[str, Any]) -> list[dict[str, Any]]:
    return (await client.table("probe_books").insert([BOOK | book for book in books]).execute()).data


async def test_values_come_back_as_they_went(person: Person) -> None:
    (row,) = await insert(person.client, {"code": None})
    assert {name: row[name] for name in BOOK} == BOOK
    assert row["owner_id"] == person.id
    assert isinstance(row["id"], int)


async def test_every_kind_of_value(service: AsyncClient) -> None:
    """Arrays of anything are JSON arrays, in and out; what JSON has no word for is text."""
    row = {
        "id": 1,
        "mood": "low, tired",
        "moods": ["calm", "low, tired"],
        "flag": False,
        "flags": [True, False, None],
        "amounts": [1.5, 2, None],
        "grid": [[1, 2], [3, 4]],
        "times": [READ_AT],
        "documents": [{"a": [1]}, {"b": 'q"uote'}],
        "span": "1 day 02:00:00",
        "day": "2024-02-29",
        "clock": "23:59:00",
        "number": 0.1,
        "big": 9007199254740991,
    }
    types = service.table("probe_types")
    assert (await types.upsert(row).execute()).data == [row]
    assert (await types.select("*").contains("moods", ["calm"]).execute()).data == [row]
    assert (await types.select("id").eq("flag", "false").execute()).data == [{"id": 1}]
    assert (await types.select("id").is_("flag", "true").execute()).data == []
    changed = await types.update({"flag": True, "moods": [], "documents": None}).eq("id", 1).execute()
    assert changed.data == [row | {"flag": True, "moods": [], "documents": None}]


@pytest.mark.parametrize(
    "extra",
    [
        None,
        [],
        {},
        "",
        "text",
        "5",
        "true",
        "null",
        '{"a": 1}',
        'a "quoted" one',
        True,
        3,
        [1, {"a": None}, "5"],
    ],
)
async def test_json_is_encoded_once(person: Person, owner: Connection, extra: Any) -> None:
    (row,) = await insert(person.client, {"extra": extra})
    assert row["extra"] == extra
    stored = await owner.execute("select extra from public.probe_books where id = %s", (row["id"],))
    assert await stored.fetchone() == {"extra": extra}


async def test_times_are_iso(person: Person) -> None:
    (row,) = await insert(person.client, {"read_at": "2026-07-01 12:00:00.5-04"})
    assert row["read_at"] == "2026-07-01T16:00:00.5+00:00"
    assert datetime.fromisoformat(row["read_at"]).utcoffset() is not None


async def test_change_and_delete(person: Person) -> None:
    (row,) = await insert(person.client, {})
    books = person.client.table("probe_books")
    changed = await books.update({"title": "Hearing", "price": 3}).eq("id", row["id"]).execute()
    assert (changed.data[0]["title"], changed.data[0]["price"]) == ("Hearing", 3)
    assert (await books.delete().eq("id", row["id"]).execute()).data[0]["id"] == row["id"]
    assert (await books.select("id").eq("id", row["id"]).execute()).data == []


async def test_embeds(person: Person, service: AsyncClient) -> None:
    name = f"shelf of {person.id}"
    shelf = (await service.table("probe_shelves").insert({"name": name}).execute()).data[0]
    one, two = await insert(person.client, {"shelf_id": shelf["id"]}, {"shelf_id": None})
    await person.client.table("probe_notes").insert({"book_id": one["id"], "body": "good"}).execute()
    query = person.client.table("probe_books").select("id, probe_shelves(name), probe_notes(body)")
    assert (await query.order("id").execute()).data == [
        {"id": one["id"], "probe_shelves": {"name": name}, "probe_notes": [{"body": "good"}]},
        {"id": two["id"], "probe_shelves": None, "probe_notes": []},
    ]
    inner = person.client.table("probe_books").select("id, probe_shelves!inner(name)")
    assert [row["id"] for row in (await inner.execute()).data] == [one["id"]]


async def test_count_and_range(person: Person) -> None:
    await insert(person.client, *({"title": f"book {number}"} for number in range(5)))
    books = person.client.table("probe_books")
    page = await books.select("title", count="exact").order("title").range(1, 2).execute()
    assert (page.count, [row["title"] for row in page.data]) == (5, ["book 1", "book 2"])
    assert (await books.select("*", count="exact", head=True).execute()).count == 5


async def test_filters(person: Person) -> None:
    await insert(
        person.client,
        {"title": "a", "pages": 1},
        {"title": "b, c", "pages": 2},
        {"title": "d", "tags": ["x"]},
    )
    books = person.client.table("probe_books")

    async def titles(query: Any) -> list[str]:
        return [row["title"] for row in (await query.order("title").execute()).data]

    assert await titles(books.select("title").in_("title", ["a", "b, c"])) == ["a", "b, c"]
    assert await titles(books.select("title").or_("pages.eq.1,title.ilike.D*")) == ["a", "d"]
    assert await titles(books.select("title").contains("tags", ["x"])) == ["d"]
    assert await titles(books.select("title").eq("extra->deep->>yes", "true").neq("title", "d")) == [
        "a",
        "b, c",
    ]
    assert await titles(books.select("title").gte("read_at", "2030-01-01")) == []
    deep = books.select("title").contains("extra", {"deep": {"yes": True}})
    assert await titles(deep) == ["a", "b, c", "d"]
    listed = books.select("title").filter("extra", "cs", '{"list": ["2"]}')
    assert await titles(listed) == ["a", "b, c", "d"]


async def test_single_and_maybe_single(person: Person) -> None:
    await insert(person.client, {"title": "one"}, {"title": "two"})
    books = person.client.table("probe_books")
    assert (await books.select("title").eq("title", "one").single().execute()).data == {"title": "one"}
    assert await books.select("title").eq("title", "none").maybe_single().execute() is None
    for title, rows in (("none", 0), ("%", 2)):
        with pytest.raises(APIError) as caught:
            await books.select("title").like("title", title).single().execute()
        assert caught.value.code == "PGRST116"
        assert str(rows) in str(caught.value.details)


async def test_upsert(person: Person) -> None:
    code = person.id[:8]
    (row,) = await insert(person.client, {"code": code})
    books = person.client.table("probe_books")
    changed = await books.upsert({"code": code, "title": "new"}, on_conflict="code").execute()
    assert [(each["id"], each["title"]) for each in changed.data] == [(row["id"], "new")]
    ignored = await books.upsert(
        {"code": code, "title": "newer"}, on_conflict="code", ignore_duplicates=True
    ).execute()
    assert ignored.data == []


async def test_functions(person: Person) -> None:
    client = person.client
    await insert(client, {"title": "thin", "pages": 10}, {"title": "thick", "pages": 900})
    assert (await client.rpc("probe_add", {"a": 2, "b": 3}).execute()).data == 5
    assert (await client.rpc("probe_add", {"a": 2, "b": 3}, get=True).execute()).data == 5
    assert (await client.rpc("probe_titles", {"least_pages": 100}).execute()).data == [
        {"title": "thick", "pages": 900}
    ]
    assert (await client.rpc("probe_titles").limit(1).execute()).data == [{"title": "thick", "pages": 900}]
    assert (await client.rpc("probe_books_of", {"shelf": 0}).execute()).data == []
    assert not (await client.rpc("probe_nothing").execute()).data
    counted = await client.rpc("probe_titles", head=True, count="exact").execute()
    assert counted.count == 2


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"a": [1]}, "object"),
        ([1, "2"], "array"),
        ("text", "string"),
        ("5", "string"),
        ('{"a": 1}', "string"),
        (True, "boolean"),
        (4, "number"),
        (None, None),
    ],
)
async def test_json_argument(person: Person, value: Any, kind: str | None) -> None:
    answer = await person.client.rpc("probe_kind", {"value": value}).execute()
    assert answer.data == {"kind": kind, "value": value}


STATUSES = {
    "P0001": 400, "23514": 400, "23502": 400, "23505": 409, "23503": 409, "22P02": 400, "22023": 400,
    "42883": 404, "40001": 500, "57014": 500, "54000": 500, "P0002": 500, "28000": 403, "53300": 503,
    "55000": 500, "ABCDE": 400, "PT409": 409, "PT422": 422,
}  # fmt: skip


@pytest.mark.parametrize(("code", "status"), STATUSES.items())
async def test_refusal_keeps_code_details_and_hint(http: httpx.AsyncClient, code: str, status: int) -> None:
    answer = await http.post("/rest/v1/rpc/probe_raise", json={"code": code})
    body = {"code": code, "message": "refused", "details": "why", "hint": "what to do"}
    assert (answer.status_code, answer.json()) == (status, body)


async def test_denied_is_401_for_visitors_and_403_for_people(http: httpx.AsyncClient, person: Person) -> None:
    visitor = await http.post("/rest/v1/rpc/probe_raise", json={"code": "42501"})
    bearer = {"authorization": f"Bearer {person.token}"}
    signed_in = await http.post("/rest/v1/rpc/probe_raise", json={"code": "42501"}, headers=bearer)
    assert (visitor.status_code, signed_in.status_code) == (401, 403)
    assert signed_in.json()["hint"] == "what to do"


async def test_constraints_answer_as_postgrest_does(person: Person, http: httpx.AsyncClient) -> None:
    bearer = {"authorization": f"Bearer {person.token}"}
    cases = [
        ({"title": ""}, 400, "23514"),
        ({"title": None}, 400, "23502"),
        ({"title": "a", "shelf_id": 0}, 409, "23503"),
        ({"title": "a", "pages": "many"}, 400, "22P02"),
        ({"title": "a", "nosuch": 1}, 400, "PGRST204"),
        ({"title": "a", "owner_id": "00000000-0000-4000-8000-000000000000"}, 403, "42501"),
    ]
    for body, status, code in cases:
        answer = await http.post("/rest/v1/probe_books", json=body, headers=bearer)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    single = {"accept": "application/vnd.pgrst.object+json", **bearer}
    answer = await http.get("/rest/v1/probe_books?title=eq.none", headers=single)
    assert (answer.status_code, answer.json()["code"]) == (406, "PGRST116")
    assert (await http.get("/rest/v1/probe_nosuch")).json()["code"] == "PGRST205"


async def test_a_request_sees_itself(api: RunningStack, person: Person, http: httpx.AsyncClient) -> None:
    seen = (await person.client.rpc("probe_context").execute()).data
    assert (seen["user"], seen["uid"], seen["role"]) == ("authenticated", person.id, "authenticated")
    assert (seen["method"], seen["path"]) == ("POST", "/rpc/probe_context")
    assert seen["client"].startswith("supabase-py")
    assert seen["jwt"]["email"] == person.email
    assert seen["statement_timeout"] == "8s"
    visitor = (await http.get("/rest/v1/rpc/probe_context")).json()
    assert (visitor["user"], visitor["uid"], visitor["statement_timeout"]) == ("anon", None, "3s")
    assert visitor["search_path"] == '"public", "extensions"'


async def test_reads_cannot_write(http: httpx.AsyncClient, api: RunningStack) -> None:
    secret = {"apikey": api.secret_key}
    refused = await http.get("/rest/v1/rpc/probe_write", headers=secret)
    assert (refused.status_code, refused.json()["code"]) == (405, "25006")
    assert (await http.post("/rest/v1/rpc/probe_write", headers=secret)).json() == 1
    stable = await http.post("/rest/v1/rpc/probe_context", headers=secret)
    assert stable.json()["read_only"] == "on"


async def test_schema_changes_are_seen(owner: Connection, http: httpx.AsyncClient) -> None:
    await owner.execute("alter table public.probe_shelves add column height integer default 7")
    try:
        await eventually(
            lambda: http.get("/rest/v1/probe_shelves?select=height"), lambda answer: answer.is_success
        )
        inserted = await http.post("/rest/v1/probe_shelves", json={"height": 1})
        assert inserted.json()["code"] == "42501"
    finally:
        await owner.execute("alter table public.probe_shelves drop column height")


async def test_pre_request_runs_before_everything(owner: Connection, http: httpx.AsyncClient) -> None:
    def is_limited(answer: httpx.Response) -> bool:
        return answer.headers.get("x-ratelimit-limit") == "9"

    await owner.execute("alter role authenticator set pgrst.db_pre_request = 'public.probe_limit'")
    await owner.execute("notify pgrst, 'reload config'")
    try:
        await eventually(lambda: http.get("/rest/v1/probe_shelves"), is_limited)
        for path in ("/rest/v1/probe_shelves", "/rest/v1/rpc/probe_context"):
            assert is_limited(await http.get(path))
            blocked = await http.get(path, headers={"x-probe-block": "1"})
            assert (blocked.status_code, blocked.headers["retry-after"]) == (429, "7")
            assert blocked.json()["message"] == "too many requests"
    finally:
        await owner.execute("alter role authenticator reset pgrst.db_pre_request")
        await owner.execute("notify pgrst, 'reload config'")
        await eventually(lambda: http.get("/rest/v1/probe_shelves"), lambda answer: not is_limited(answer))


async def test_only_exposed_schemas(http: httpx.AsyncClient, api: RunningStack) -> None:
    secret = {"apikey": api.secret_key}
    for schema in ("auth", "governance", "probe"):
        answer = await http.get("/rest/v1/users", headers={**secret, "accept-profile": schema})
        assert (answer.status_code, answer.json()["code"]) == (406, "PGRST106")


async def test_role_settings_stop_long_statements(owner: Connection, http: httpx.AsyncClient) -> None:
    async def limit(longest: str) -> None:
        await owner.execute(f"alter role anon set statement_timeout = '{longest}'".encode())
        await owner.execute("notify pgrst, 'reload config'")
        await eventually(
            lambda: http.get("/rest/v1/rpc/probe_context"),
            lambda answer: answer.json().get("statement_timeout") == longest,
        )

    await limit("1s")
    try:
        answer = await http.post("/rest/v1/rpc/probe_sleep")
        assert (answer.status_code, answer.json()["code"]) == (500, "57014")
    finally:
        await limit("3s")
