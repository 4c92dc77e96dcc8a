"""The outbox as writers see it: who is recorded, what is refused, and that it never stops a write."""

from __future__ import annotations

import pytest
from tests.people import acting_as, refused

from mentalspace.database.connection import Connection

SOMEBODY = "0b3e9f5e-2b8e-4b0e-9d3c-5a0a3a1f4a11"
TRIGGER = """
create table public.things (id int primary key, status text);
grant select, insert, update, delete on public.things to authenticated, anon, service_role;
create function governance.record_thing() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  perform governance.record_event(
    'scheduling', 'cancel_appointment', 'things', coalesce(new.id, old.id)::text,
    jsonb_build_object('command', lower(tg_op), 'is', jsonb_build_object('status', new.status))
  );
  return null;
end
$$;
create trigger record_thing after insert or update or delete on public.things
  for each row execute function governance.record_thing();
"""
HOSTILE = [
    "",
    "null",
    "[]",
    '"text"',
    "{",
    '{"sub": 7}',
    '{"sub": null}',
    '{"sub": "\' or true"}',
    '{"role": []}',
    "[" * 5000,
]


@pytest.fixture
async def outbox(connection: Connection) -> Connection:
    await connection.execute(TRIGGER.encode())
    return connection


async def last_event(connection: Connection) -> dict[str, object]:
    cursor = await connection.execute(
        "reset role; select * from governance.events order by event_id desc limit 1"
    )
    while cursor.nextset():
        pass
    row = await cursor.fetchone()
    assert row
    return row


async def test_a_persons_change_names_them(outbox: Connection) -> None:
    async with acting_as(outbox, SOMEBODY):
        await outbox.execute("insert into public.things values (1, 'open')")
        event = await last_event(outbox)
    assert (str(event["actor_id"]), event["acted_as"]) == (SOMEBODY, "authenticated")
    assert (event["table_name"], event["row_key"], event["kind"]) == ("things", "1", "insert")
    assert event["facts"] == {"is": {"status": "open"}}


@pytest.mark.parametrize("role", ["service_role", "postgres"])
async def test_the_systems_change_names_nobody(outbox: Connection, role: str) -> None:
    async with acting_as(outbox, SOMEBODY, role):
        await outbox.execute("insert into public.things values (1, 'open')")
        event = await last_event(outbox)
    assert (event["actor_id"], event["acted_as"]) == (None, role)


async def test_no_claims_stop_a_write(outbox: Connection) -> None:
    for number, claims in enumerate(HOSTILE):
        async with acting_as(outbox, None):
            await outbox.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
            await outbox.execute("insert into public.things values (%s, null)", (number,))
            assert (await last_event(outbox))["actor_id"] is None


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
async def test_no_api_role_reaches_the_outbox(outbox: Connection, role: str) -> None:
    async with acting_as(outbox, SOMEBODY, role):
        for statement in (
            "select governance.record_event('m', 't', 'things', '1')",
            "select 1 from governance.events",
            "insert into governance.events (table_name) values ('things')",
            "delete from governance.consumed_events",
        ):
            async with refused(outbox):
                await outbox.execute(statement)


async def test_an_event_lives_and_dies_with_its_change(outbox: Connection) -> None:
    async with outbox.transaction(force_rollback=True):
        await outbox.execute("insert into public.things values (1, null)")
    cursor = await outbox.execute("select count(*) as events from governance.events")
    assert await cursor.fetchone() == {"events": 0}


@pytest.mark.parametrize("facts", ["[]", "null", '"text"', "{}"])
async def test_facts_are_an_object_whatever_comes(connection: Connection, facts: str) -> None:
    await connection.execute("select governance.record_event('m', 't', 'things', '1', %s)", (facts,))
    event = await last_event(connection)
    assert (event["facts"], event["kind"]) == ({}, "other")
