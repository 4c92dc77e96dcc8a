"""How long a chart is open, how often, and what ends it."""

from __future__ import annotations

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


async def test_it_ends_when_its_time_is_over_and_nobody_prolongs_it(practice: Practice) -> None:
    await open_chart(practice)
    client = practice.clients["of_colleague"]
    assert (await refuse(practice, "therapist", BREAK, REASON, client)).sqlstate == "PT409"
    (row,) = await fetch(
        practice, "therapist", "select expires_at - began_at as lasts from public.list_emergency_accesses()"
    )
    assert round(row["lasts"].total_seconds()) == 3600
    await expire(practice)
    assert await fetch(practice, "therapist", NOTES) == []
    assert await fetch(practice, "therapist", "select id from public.clients where id = %s", client) == []


async def test_how_often_is_limited(practice: Practice) -> None:
    for name in ("first", "second", "third"):
        await practice.add_client(name, therapist="colleague")
        await open_chart(practice, client=name)
    client = practice.clients["of_colleague"]
    assert (await refuse(practice, "therapist", BREAK, REASON, client)).sqlstate == "PT429"
    assert len(await fetch(practice, "supervisor", BREAK, REASON, client)) == 1, "per person"
    await change(
        practice, "update governance.emergency_accesses set began_at = began_at - interval '25 hours'"
    )
    assert len(await fetch(practice, "therapist", BREAK, REASON, client)) == 1


@pytest.mark.parametrize("ended_by", ["therapist", "guard", "officer", "administrator"])
async def test_it_is_ended_at_once(practice: Practice, ended_by: str) -> None:
    access = await open_chart(practice)
    for person in ("front_desk", "colleague", "supervisor", "client_user", "no_role"):
        assert await keep(practice, person, END, access) == [{"ended": False}], person
    assert len(await fetch(practice, "therapist", NOTES)) == 1
    assert await keep(practice, ended_by, END, access) == [{"ended": True}]
    assert await fetch(practice, "therapist", NOTES) == []
    assert await keep(practice, ended_by, END, access) == [{"ended": False}]
    (row,) = await fetch(practice, "officer", LIST)
    assert row["is_open"] is False


@pytest.mark.parametrize(
    ("taken", "given_back"),
    [
        (
            "delete from public.user_roles where user_id = %s",
            "insert into public.user_roles (user_id, role) values (%s, 'therapist')",
        ),
        (
            "update public.profiles set is_active = false where id = %s",
            "update public.profiles set is_active = true where id = %s",
        ),
    ],
)
async def test_it_does_not_survive_the_role(practice: Practice, taken: str, given_back: str) -> None:
    await open_chart(practice)
    await change(practice, taken, practice.people["therapist"])
    assert await fetch(practice, "therapist", NOTES) == []
    await change(practice, given_back, practice.people["therapist"])
    assert await fetch(practice, "therapist", NOTES) == [], "given back, it is over all the same"
