"""The seed is a whole practice, and exactly what docs/seed.md says is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mentalspace.database.connection import Connection
from mentalspace.database.queries import Queries
from mentalspace.devstack import workspace
from mentalspace.errors import MentalspaceError
from mentalspace.quality.runner import evaluate, find_tables

ROOT = Path(__file__).parents[2]
KINDS = {"user_roles": 8, "clients": 3, "appointments": 4, "clinical_notes": 5, "charge_entries": 6}
PERSON = 1
TRUTH = Queries((Path(__file__).parent / "seed_truth.sql").read_text(encoding="utf-8"))
_ROW = re.compile(r"^\| (\w+) \| (\w+) \| [^|]+ \| (\d+) \| ([\d,– ]+) \|$", re.MULTILINE)
LOGINS = """
select held.role::text, count(*) as n
from public.user_roles as held
join public.profiles as person on person.id = held.user_id
join auth.users as login on login.id = person.id and login.email = person.email
join auth.identities as identity on identity.user_id = login.id
where person.is_active and login.email_confirmed_at is not null
  and login.encrypted_password =
    (select extensions.crypt('synthetic-practice', first.encrypted_password) from auth.users as first limit 1)
group by held.role
"""


def expand(kind: int, keys: str) -> set[str]:
    """`2857–2860, 3` as identifiers of the kind."""
    numbers: list[int] = []
    for part in keys.split(","):
        first, _, last = part.strip().partition("–")
        numbers += range(int(first), int(last or first) + 1)
    return {f"{kind:08}-0000-4000-8000-{number:012}" for number in numbers}


PLANTED = {
    rule: (table, int(count), expand(PERSON if rule == "users_without_roles" else KINDS[table], keys))
    for table, rule, count, keys in _ROW.findall((ROOT / "docs" / "seed.md").read_text(encoding="utf-8"))
}


def test_every_planted_rule_has_a_truth_and_the_other_way_round() -> None:
    assert set(PLANTED) == set(TRUTH)
    assert {rule: count for rule, (_, count, _) in PLANTED.items()} == {
        rule: len(keys) for rule, (_, _, keys) in PLANTED.items()
    }


async def test_exactly_what_is_planted_is_wrong(seeded_connection: Connection) -> None:
    assert await find_wrong(seeded_connection) == {rule: keys for rule, (_, _, keys) in PLANTED.items()}


async def test_the_checks_of_the_contracts_find_exactly_that(seeded_connection: Connection) -> None:
    tables = await find_tables(seeded_connection)
    results = (await evaluate(seeded_connection, tables)).results
    assert [result.key for result in results if result.outcome == "error"] == []
    found = {result.key: set(result.failing_keys) for result in results if result.failures}
    assert found == {f"{table}.{rule}": keys for rule, (table, _, keys) in PLANTED.items()}


@pytest.mark.parametrize(
    "moment",
    [
        "2026-11-25 00:05",  # the first minutes of a Wednesday, Thanksgiving ahead
        "2026-11-25 13:59",
        "2026-11-25 14:00",
        "2026-11-01 01:30",  # a Sunday of 25 hours
        "2028-02-29 10:15",  # a leap day, in session
    ],
)
async def test_whenever_it_is_loaded(connection: Connection, moment: str) -> None:
    now = f"{moment} America/New_York"
    await connection.execute("select set_config('seed.now', %s, false)", (now,))
    await connection.execute("set time zone 'Asia/Tokyo'")  # the session's zone is nobody's concern
    assert await workspace.seed(connection, ROOT)
    planted = {rule: keys for rule, (_, _, keys) in PLANTED.items()}
    assert await find_wrong(connection, now) == planted
    assert await find_wrong(connection, now, "2 hours") == planted
    assert (await count_rows(connection))["appointments"] == 3000


async def find_wrong(
    connection: Connection, now: str | None = None, later: str = "0 hours"
) -> dict[str, set[str]]:
    """What breaks each rule now, or at a moment (and a while later)."""
    found = {}
    for rule, query in TRUTH.items():
        moment = f"(timestamptz '{now}' + interval '{later}')" if now else "now()"
        rows = await (await connection.execute(query.replace("now()", moment).encode())).fetchall()
        found[rule] = {str(row["id"]) for row in rows}
    return found


async def test_nobody_is_told_of_it(seeded_connection: Connection) -> None:
    row = await (
        await seeded_connection.execute(
            "select (select count(*) from governance.events) + (select count(*) from notification_logs) as n"
        )
    ).fetchone()
    assert row == {"n": 0}


async def test_a_second_run_adds_nothing(seeded_connection: Connection) -> None:
    before = await count_rows(seeded_connection)
    assert await workspace.seed(seeded_connection, ROOT)
    assert await count_rows(seeded_connection) == before
    assert before["appointments"] == 3000
    assert before["clients"] == 300


async def test_a_practice_with_clients_of_its_own_is_refused(connection: Connection) -> None:
    await connection.execute(
        "insert into clients (first_name, last_name, date_of_birth) values ('Client', 'Own', '1990-01-01')"
    )
    with pytest.raises(MentalspaceError, match="has clients"):
        await workspace.seed(connection, ROOT)
    assert (await count_rows(connection))["profiles"] == 0


async def count_rows(connection: Connection) -> dict[str, int]:
    tables = await (
        await connection.execute("select tablename as name from pg_tables where schemaname = 'public'")
    ).fetchall()
    counts = {}
    for table in tables:
        query = f"select count(*) as n from public.{table['name']}"
        row = await (await connection.execute(query.encode())).fetchone()
        assert row
        counts[table["name"]] = row["n"]
    return counts


async def test_every_role_can_sign_in(seeded_connection: Connection) -> None:
    rows = await (await seeded_connection.execute(LOGINS)).fetchall()
    assert {row["role"]: row["n"] for row in rows} == {
        "administrator": 1,
        "supervisor": 2,
        "therapist": 6,
        "associate_trainee": 1,
        "billing_staff": 1,
        "front_desk": 2,
        "client_user": 21,
    }
