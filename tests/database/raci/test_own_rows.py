"""What stands beside the matrix's tables: own messages and preferences, the directory, how good data is."""

from __future__ import annotations

from typing import Any

import pytest
from tests.database.raci.asking import fetch
from tests.database.raci.practice import Practice
from tests.people import acting_as, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")

STAFF = {"front_desk", "therapist", "supervisor", "administrator", "billing_staff", "colleague"}
PREFERENCES = "insert into public.notification_preferences (user_id) values (%s)"


async def test_the_directory_has_active_staff_and_nothing_else(practice: Practice) -> None:
    await practice.add_person("former", "therapist", is_active=False)
    await practice.add_person("nobody")
    statement = "select id, first_name, last_name, title from public.staff_directory"
    for person in ("front_desk", "therapist", "client_user"):
        seen = await keys(practice, person, statement)
        names = {name for name, key in practice.people.items() if key in seen}
        assert names >= STAFF | {"second_administrator"}, person
        assert not names & {"client_user", "former", "nobody"}, person
    for person in ("former", "nobody"):
        assert await fetch(practice, person, statement) == [], person


async def keys(practice: Practice, person: str, statement: str) -> set[Any]:
    return {row["id"] for row in await fetch(practice, person, statement)}


async def test_everybody_has_preferences_of_their_own(practice: Practice) -> None:
    own, other = practice.people["therapist"], practice.people["colleague"]
    for person in (own, other):
        await practice.connection.execute(PREFERENCES.encode(), (person,))
    read = "select user_id from public.notification_preferences"
    assert await fetch(practice, "therapist", read) == [{"user_id": own}]
    assert await fetch(practice, "front_desk", read) == []
    change = "update public.notification_preferences set wants_digest = false returning user_id"
    assert await fetch(practice, "therapist", change) == [{"user_id": own}]
    # Nothing is read: the policy of updates is alone.
    async with acting_as(practice.connection, own) as session:
        cursor = await session.execute(b"update public.notification_preferences set wants_digest = false")
        assert cursor.rowcount == 1
    async with acting_as(practice.connection, practice.people["front_desk"]) as session:
        await session.execute(PREFERENCES.encode(), (practice.people["front_desk"],))
        async with refused(session):
            await session.execute(PREFERENCES.encode(), (practice.people["supervisor"],))
        async with refused(session):
            await session.execute(
                b"update public.notification_preferences set user_id = %s where user_id = %s",
                (practice.people["supervisor"], practice.people["front_desk"]),
            )
        async with refused(session):  # Nothing is read: the policy of updates is alone.
            await session.execute(
                b"update public.notification_preferences set user_id = %s", (practice.people["supervisor"],)
            )


async def test_messages_are_read_by_whom_they_are_for(practice: Practice) -> None:
    own, other = practice.people["therapist"], practice.people["colleague"]
    for key, people, sent_via in (
        ("mine", [own], ["in_app"]),
        ("ours", [own, other], ["email", "in_app"]),
        ("theirs", [other], ["in_app"]),
        ("mailed", [own], ["email"]),
    ):
        await practice.connection.execute(
            "insert into public.notification_logs "
            "(notification_type, subject, message, recipient_user_ids, sent_via, delivery_key) "
            "values ('a', 'b', 'c', %s, %s, %s)",
            (people, sent_via, key),
        )
    read = "select delivery_key from public.notification_logs where delivery_key is not null order by 1"
    seen = [row["delivery_key"] for row in await fetch(practice, "therapist", read)]
    assert seen == ["mine", "ours"]
    assert await fetch(practice, "administrator", read) == []


async def test_how_good_the_data_is_is_seen_by_those_who_answer_for_it(practice: Practice) -> None:
    await practice.connection.execute(
        "insert into governance.position_holders (position, user_id) values ('billing_manager', %s)",
        (practice.people["billing_staff"],),
    )
    await practice.add_person("former", "administrator", is_active=False)
    read = "select governance.may_see_quality() as it"
    may = {person for person in practice.people if (await fetch(practice, person, read))[0]["it"]}
    assert may == {"administrator", "second_administrator", "supervisor", "billing_staff"}
    await practice.connection.execute(
        "insert into public.data_quality_results (check_date, results) values (now(), '[]')"
    )
    rows = "select from public.data_quality_results"
    assert len(await fetch(practice, "supervisor", rows)) >= 1
    assert await fetch(practice, "therapist", rows) == []
