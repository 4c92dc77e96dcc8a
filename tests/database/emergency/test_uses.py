"""Each use stands for itself: it is counted, recorded, ended and listed, and no other with it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.database.emergency.glass import (
    BREAK,
    END,
    LIST,
    NOTES,
    REASON,
    change,
    expire,
    keep,
    open_chart,
    refuse,
)
from tests.database.raci.asking import fetch
from tests.database.raci.practice import Practice

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOCKS = "select count(*) as n from pg_catalog.pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
ENDED = "select ended_at is not null as is_ended, ended_by from governance.emergency_accesses where id = %s"
EVENTS = "select row_key, kind, actor_id, facts from governance.events where task = 'break_glass'"


async def ask(practice: Practice, statement: str, *values: Any) -> list[dict[str, Any]]:
    """Rows that the system gets."""
    return await (await practice.connection.execute(statement.encode(), values)).fetchall()


async def test_a_chart_is_open_to_two_at_once_and_closed_for_each(practice: Practice) -> None:
    client = practice.clients["of_colleague"]
    await practice.add_person("other", "therapist")
    first = await open_chart(practice)
    await open_chart(practice, "other")
    seen = NOTES + " where client_id = %s"
    assert await keep(practice, "therapist", END, first) == [{"ended": True}]
    assert await fetch(practice, "therapist", seen, client) == []
    assert len(await fetch(practice, "other", seen, client)) == 1


async def test_one_chart_is_closed_and_the_next_stays_open(practice: Practice) -> None:
    first = await open_chart(practice)
    await open_chart(practice, client="neighbour")
    assert await keep(practice, "therapist", END, first) == [{"ended": True}]
    left = await fetch(practice, "therapist", "select client_id from public.clinical_notes")
    assert left == [{"client_id": practice.clients["neighbour"]}]


@pytest.mark.parametrize("is_ended", [True, False])
async def test_what_is_over_is_opened_again(practice: Practice, is_ended: bool) -> None:
    access = await open_chart(practice)
    if is_ended:
        await keep(practice, "therapist", END, access)
    else:
        await expire(practice)
    assert await open_chart(practice) != access
    assert len(await fetch(practice, "therapist", NOTES)) == 1


async def test_what_is_over_is_ended_by_nobody(practice: Practice) -> None:
    access = await open_chart(practice)
    await expire(practice)
    for person in ("therapist", "officer"):
        assert await keep(practice, person, END, access) == [{"ended": False}], person
    assert await ask(practice, ENDED, access) == [{"is_ended": False, "ended_by": None}]


@pytest.mark.parametrize("ended_by", ["therapist", "officer"])
async def test_who_ended_it_is_written(practice: Practice, ended_by: str) -> None:
    access = await open_chart(practice)
    await keep(practice, ended_by, END, access)
    assert await ask(practice, ENDED, access) == [{"is_ended": True, "ended_by": practice.people[ended_by]}]


async def test_what_the_system_ends_is_nobodys_whatever_claims_are_set(practice: Practice) -> None:
    access = await open_chart(practice)
    claims = json.dumps({"sub": str(practice.people["officer"])})
    async with practice.connection.transaction():
        await ask(practice, "select set_config('request.jwt.claims', %s, true)", claims)
        assert await ask(practice, END.replace("public", "governance"), access) == [{"ended": True}]
        await ask(practice, "select set_config('request.jwt.claims', '', true)")
    assert await ask(practice, ENDED, access) == [{"is_ended": True, "ended_by": None}]


async def test_each_use_is_an_event(practice: Practice) -> None:
    before = await ask(practice, EVENTS)
    access, therapist = await open_chart(practice), practice.people["therapist"]
    client = practice.clients["of_colleague"]
    assert [row for row in await ask(practice, EVENTS) if row not in before] == [
        {
            "row_key": str(access),
            "kind": "insert",
            "actor_id": therapist,
            "facts": {"owners": [str(therapist)], "client": str(client)},
        }
    ]


async def test_those_of_one_person_are_counted_one_after_the_other(practice: Practice) -> None:
    """Whoever opens two charts at once waits for themselves, and for nobody else."""

    async def count(person: str, client: str) -> int:
        await open_chart(practice, person, client)
        (row,) = await ask(practice, LOCKS)
        return int(row["n"])

    async with practice.connection.transaction(force_rollback=True):
        (before,) = await ask(practice, LOCKS)
        one = await count("therapist", "of_colleague")
        assert one > before["n"]
        assert await count("therapist", "neighbour") == one
        assert await count("supervisor", "neighbour") > one


async def test_who_lost_the_duty_lists_no_use(practice: Practice) -> None:
    access = await open_chart(practice)
    assert [row["id"] for row in await fetch(practice, "therapist", LIST)] == [access]
    therapist = practice.people["therapist"]
    await change(practice, "delete from public.user_roles where user_id = %s", therapist)
    assert await fetch(practice, "therapist", LIST) == []
    assert [row["id"] for row in await fetch(practice, "officer", LIST)] == [access]


async def test_no_chart_opens_that_was_deleted(practice: Practice) -> None:
    client = practice.clients["of_colleague"]
    await change(practice, "update public.clients set deleted_at = now() where id = %s", client)
    assert (await refuse(practice, "therapist", BREAK, REASON, client)).sqlstate == "PT404"
