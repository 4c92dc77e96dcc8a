"""Who reviews, and what one review says about: this use, with an outcome, once."""

from __future__ import annotations

import pytest
from tests.database.emergency.glass import END, LIST, REVIEW, change, expire, keep, open_chart, refuse
from tests.database.raci.asking import fetch
from tests.database.raci.practice import Practice

pytestmark = pytest.mark.asyncio(loop_scope="module")

INCIDENTS = "select affected_data::text[] as data from public.security_incidents"
LEAVE = "update public.profiles set is_active = false where id = %s"
HOLD = "insert into governance.position_holders (position, user_id) values (%s, %s)"


async def test_one_use_is_reviewed_and_no_other(practice: Practice) -> None:
    access = await open_chart(practice)
    other = await open_chart(practice, client="neighbour")
    await expire(practice)
    await keep(practice, "officer", REVIEW, access, "justified")
    outcomes = {row["id"]: row["outcome"] for row in await fetch(practice, "officer", LIST)}
    assert outcomes == {access: "justified", other: None}


@pytest.mark.parametrize(
    ("outcome", "incidents"), [("justified", []), ("not_justified", [{"data": ["clients"]}])]
)
async def test_only_what_was_not_justified_is_an_incident(
    practice: Practice, outcome: str, incidents: list[dict[str, list[str]]]
) -> None:
    access = await open_chart(practice)
    await keep(practice, "therapist", END, access)
    await keep(practice, "officer", REVIEW, access, outcome)
    assert await (await practice.connection.execute(INCIDENTS.encode())).fetchall() == incidents


async def test_a_review_has_an_outcome(practice: Practice) -> None:
    access = await open_chart(practice)
    await expire(practice)
    assert (await refuse(practice, "officer", REVIEW, access, None)).sqlstate == "PT422"


@pytest.mark.parametrize("person", ["officer", "guard", "second_administrator"])
async def test_who_was_deactivated_reviews_nothing(practice: Practice, person: str) -> None:
    access = await open_chart(practice)
    await change(practice, LEAVE, practice.people[person])
    assert await fetch(practice, person, LIST) == []
    assert await keep(practice, person, END, access) == [{"ended": False}]
    await expire(practice)
    said = await refuse(practice, person, REVIEW, access, "justified")
    assert "review_emergency_access is not permitted" in str(said.message_primary)


async def test_who_answers_for_something_else_reviews_nothing(practice: Practice) -> None:
    await change(practice, HOLD, "billing_manager", practice.people["billing_staff"])
    access = await open_chart(practice)
    assert await fetch(practice, "billing_staff", LIST) == []
    await expire(practice)
    assert (await refuse(practice, "billing_staff", REVIEW, access, "justified")).sqlstate == "42501"
