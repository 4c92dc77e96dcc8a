"""governance.actor_id() answers for any claims, and never raises: one that does silences Realtime for all."""

from __future__ import annotations

import json
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mentalspace.database.connection import Connection

ME = "8c6a5d2e-37a4-4b2e-9a51-0d2f9a3c1b11"
OTHER = "11111111-1111-4111-8111-111111111111"
ASK = """
select set_config('request.jwt.claims', %s, true), set_config('request.jwt.claim.sub', %s, true),
  set_config('role', 'authenticated', true)
"""


async def actor(connection: Connection, claims: str, legacy: str = "") -> UUID | None:
    async with connection.transaction(force_rollback=True):
        await connection.execute(ASK, (claims, legacy))
        row = await (await connection.execute("select governance.actor_id() as id")).fetchone()
        assert row
        return row["id"]


@pytest.mark.parametrize(
    ("claims", "legacy", "who"),
    [
        (json.dumps({"sub": ME}), "", ME),
        (json.dumps({"sub": ME}), OTHER, ME),
        (json.dumps({"role": "service_role"}), "", None),
        (json.dumps({"role": "authenticated"}), ME, ME),
        ("", ME, ME),
        ("", "", None),
        (json.dumps({"sub": ME.upper()}), "", ME),
        # a sub that is no user is nobody, whatever the legacy setting says
        (json.dumps({"sub": "null"}), OTHER, None),
        (json.dumps({"sub": ""}), OTHER, None),
        (json.dumps({"user_metadata": {"sub": OTHER}, "sub": ME}), "", ME),
        (json.dumps({"user_metadata": {"sub": OTHER}}), "", None),
    ],
)
async def test_who(connection: Connection, claims: str, legacy: str, who: str | None) -> None:
    assert await actor(connection, claims, legacy) == (UUID(who) if who else None)


async def test_without_any_settings(connection: Connection) -> None:
    row = await (await connection.execute("select governance.actor_id() as id")).fetchone()
    assert row == {"id": None}


text = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=60)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text | st.just(ME),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text | st.just("sub"), inner, max_size=4),
    max_leaves=12,
)
claims = text | values.map(json.dumps) | st.fixed_dictionaries({"sub": values}).map(json.dumps)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(claims=claims, legacy=text | st.just(ME))
@example(claims="[" * 100_000, legacy="")
@example(claims="[" * 100_000 + "]" * 100_000, legacy="")
@example(claims='{"a":' * 20_000 + "1" + "}" * 20_000, legacy="")
@example(claims=json.dumps({"sub": "x" * 1_000_000}), legacy="y" * 1_000_000)
@example(claims='{"sub": "\\u0000"}', legacy="")
@example(claims='{"sub": 1e999999999}', legacy="")
@example(claims='{"sub": NaN}', legacy="")
@example(claims='{"sub": "\\ud800"}', legacy="")
@example(claims='{"sub": {"sub": []}}', legacy="{}")
@example(claims='"sub"', legacy="null")
async def test_never_raises(connection: Connection, claims: str, legacy: str) -> None:
    who = await actor(connection, claims, legacy)
    assert who is None or str(who).replace("-", "") in f"{claims}{legacy}".lower().replace("-", "")


async def test_a_thousand_brackets_are_still_read(connection: Connection) -> None:
    deep = "[" * 900 + "]" * 900
    assert await actor(connection, f'{{"sub": "{ME}", "more": {deep}}}') == UUID(ME)
    deeper = "[" * 1200 + "]" * 1200
    assert await actor(connection, f'{{"sub": "{ME}", "more": {deeper}}}') is None
