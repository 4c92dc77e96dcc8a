"""No policy, guard or helper raises for any claims: one that does silences Realtime for every subscriber."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import Server
from tests.database.raci.oracle import Oracle
from tests.database.raci.practice import Practice, open_practice

from mentalspace.database.connection import Connection, connect

pytestmark = pytest.mark.asyncio(loop_scope="module")
TABLES = tuple(sorted(Oracle.read().parts))
CLAIMS = "set_config('request.jwt.claims', %s, true), set_config('request.jwt.claim.sub', %s, true)"
READ_ALL = " union all ".join(f"select count(*) from public.{table}" for table in TABLES)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.uuids().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
subjects = st.one_of(
    json_values,
    st.sampled_from(
        ["", "null", "undefined", "0", "00000000-0000-0000-0000-000000000000", "{}", "anon", "' or 1=1 --"]
    ),
    st.text(max_size=300),
    st.integers(1, 5000).map(lambda length: "a" * length),
)
claims_texts = st.one_of(
    st.builds(
        lambda sub, rest: json.dumps({**rest, "sub": sub}),
        subjects,
        st.dictionaries(st.text(max_size=8), json_values),
    ),
    json_values.map(json.dumps),
    st.text(max_size=200),
    st.integers(1, 4000).map(lambda depth: "[" * depth),
    st.integers(1, 4000).map(lambda depth: '{"sub":' * depth),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def practice(server: Server, migrated_template: str) -> AsyncIterator[Practice]:
    async with server.cloned(migrated_template) as url, connect(url) as connection:
        practice = await open_practice(connection)
        await practice.add_appointment("of_therapist", "therapist")
        yield practice


async def read_with(
    connection: Connection, claims: str, legacy: str, role: str = "authenticated"
) -> list[int]:
    """Counts of every table under these claims; the text arrives as Postgres can hold it, without NUL."""
    async with connection.transaction(force_rollback=True):
        given = (claims.replace("\0", ""), legacy.replace("\0", ""))
        await connection.execute(f"select {CLAIMS}, set_config('role', '{role}', true)".encode(), given)
        rows = await (await connection.execute(READ_ALL.encode())).fetchall()
        await connection.execute("select public.has_raci_permission(%s, %s, %s)", (*given, given[0][:50]))
        await connection.execute("select count(*) from public.raci_matrix")
        await connection.execute("select count(*) from public.staff_directory")
        return [row["count"] for row in rows]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(claims=claims_texts, legacy=st.one_of(st.just(""), st.text(max_size=60)))
async def test_nothing_raises_and_nobody_is_let_in(practice: Practice, claims: str, legacy: str) -> None:
    known = {str(person) for person in practice.people.values()}
    assert not any(person in claims or person in legacy for person in known)
    assert await read_with(practice.connection, claims, legacy) == [0] * len(TABLES)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(claims=claims_texts)
async def test_the_guard_refuses_by_its_own_code(practice: Practice, claims: str) -> None:
    """Inside a definer function, where no policy stands in front of it."""
    async with practice.connection.transaction(force_rollback=True):
        await practice.connection.execute(
            "create function public.anything() returns void language sql security definer "
            "set search_path = '' begin atomic update public.appointments set status = 'Cancelled'; end; "
            "grant execute on function public.anything() to authenticated"
        )
        await practice.connection.execute(
            f"select {CLAIMS}, set_config('role', 'authenticated', true)".encode(),
            (claims.replace("\0", ""), ""),
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege) as caught:
            await practice.connection.execute("select public.anything()")
        assert "scheduling.cancel_appointment" in str(caught.value)


@pytest.mark.parametrize("claims", ["[" * 200_000, '{"a":' * 50_000, '{"sub": "' + "a" * 200_000 + '"}'])
async def test_huge_claims_are_nobodys(practice: Practice, claims: str) -> None:
    assert await read_with(practice.connection, claims, "") == [0] * len(TABLES)


@pytest.mark.parametrize(("brackets", "seen"), [(0, 1), (998, 1), (999, 0), (5000, 0)])
async def test_who_says_much_is_known_unless_it_may_be_deep(
    practice: Practice, brackets: int, seen: int
) -> None:
    """A provider's metadata makes long claims; a thousand brackets may be a document of that depth."""
    person = practice.people["front_desk"]
    words = "words " * 500
    claims = json.dumps({"sub": str(person), "app_metadata": {"said": words + "[" * brackets}})
    counts = await read_with(practice.connection, claims, "")
    assert counts[TABLES.index("appointments")] == seen


@pytest.mark.parametrize("spelling", ["upper", "lower", "braces", "legacy only"])
async def test_a_person_is_known_in_every_spelling_of_their_id(practice: Practice, spelling: str) -> None:
    person: UUID = practice.people["front_desk"]
    text = {"upper": str(person).upper(), "braces": f"{{{person}}}"}.get(spelling, str(person))
    claims, legacy = ("", text) if spelling == "legacy only" else (json.dumps({"sub": text}), "")
    counts = await read_with(practice.connection, claims, legacy)
    assert counts[TABLES.index("appointments")] == 1


@pytest.mark.parametrize(
    ("module", "task", "duty", "holds"),
    [
        ("scheduling", "cancel_appointment", "responsible", True),
        ("scheduling", "cancelAppointment", "responsible", True),
        ("Scheduling", "CancelAppointment", "R", True),
        ("scheduling", "cancelAppointment", "accountable", False),
        ("scheduling", "cancelAppointment", "perform", True),
        ("scheduling", "manage_waitlist", "informed", True),
        ("scheduling", "cancel", "responsible", False),
        ("clinicalNotes", "createNote", "responsible", True),
        ("clinicalNotes", "unlockNote", "responsible", False),
        ("billing", "cancelAppointment", "responsible", False),
        ("scheduling", "createNote", "responsible", False),
        ("clinicalNotes", "createNote", "A", True),
        ("administration", "assignTherapist", "C", True),
        ("scheduling", "manage_waitlist", "i", True),
        ("scheduling", "cancelAppointment", "boss", False),
        (None, None, None, False),
    ],
)
async def test_the_frontend_is_told(
    practice: Practice, module: str | None, task: str | None, duty: str | None, holds: bool
) -> None:
    async with practice.connection.transaction(force_rollback=True):
        claims = json.dumps({"sub": str(practice.people["therapist"])})
        await practice.connection.execute(
            f"select {CLAIMS}, set_config('role', 'authenticated', true)".encode(), (claims, "")
        )
        cursor = await practice.connection.execute(
            "select public.has_raci_permission(%s, %s, %s) as it", (module, task, duty)
        )
        assert await cursor.fetchone() == {"it": holds}
