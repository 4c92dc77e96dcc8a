"""An open chart is open to who opened it, and until they say it is enough."""

from __future__ import annotations

from typing import Any

import pytest
from tests.database.raci.practice import Practice
from tests.people import acting_as, keep_as

pytestmark = pytest.mark.asyncio(loop_scope="module")

BREAK = "select id from public.break_glass('Caller at risk, nobody else is there', %s)"
END = "select public.end_emergency_access(%s) as ended"


async def ask(practice: Practice, person: str, statement: str, *values: Any) -> list[dict[str, Any]]:
    """Rows that this person gets, in a transaction that is theirs; what they change stays."""
    cursor = await keep_as(practice.connection, practice.people[person], statement, *values)
    return await cursor.fetchall()


async def see(practice: Practice, person: str) -> set[Any]:
    """Clients whom this person reads."""
    async with acting_as(practice.connection, practice.people[person]) as session:
        return {
            row["id"] for row in await (await session.execute("select id from public.clients")).fetchall()
        }


async def test_who_opened_a_chart_closes_it_at_once(practice: Practice) -> None:
    own, other = practice.clients["of_therapist"], practice.clients["of_colleague"]
    (opened,) = await ask(practice, "therapist", BREAK, other)
    assert await see(practice, "therapist") == {own, other}
    assert await ask(practice, "therapist", END, opened["id"]) == [{"ended": True}]
    assert await see(practice, "therapist") == {own}
    assert await ask(practice, "therapist", END, opened["id"]) == [{"ended": False}]


async def test_a_colleague_ends_none_of_it_and_sees_no_more(practice: Practice) -> None:
    own, other = practice.clients["of_therapist"], practice.clients["of_colleague"]
    await practice.add_person("bystander", "therapist")
    (opened,) = await ask(practice, "therapist", BREAK, other)
    for person in ("bystander", "front_desk", "client_user"):
        assert await ask(practice, person, END, opened["id"]) == [{"ended": False}], person
    assert await see(practice, "bystander") == set()
    assert await see(practice, "therapist") == {own, other}
    assert await ask(practice, "administrator", END, opened["id"]) == [{"ended": True}]
    assert await see(practice, "therapist") == {own}
