"""The workspace's checks find exactly what is planted: by the seed, and what its constraints forbid."""

from __future__ import annotations

from pathlib import Path

from tests.database.test_seed import PLANTED

from mentalspace.contracts.parse import read_contracts
from mentalspace.database.connection import Connection
from mentalspace.quality.result import CheckResult
from mentalspace.quality.runner import Reading, evaluate, find_tables

ROOT = Path(__file__).parents[3]
PERSON = "00000001-0000-4000-8000-000000000004"
CLIENT = "00000003-0000-4000-8000-000000000001"
ROW = "00000004-0000-4000-8000-000000000901"
OTHER = "00000004-0000-4000-8000-000000000902"
# A row about which nothing is wrong, in an otherwise empty table; `change` makes it wrong.
GOOD = """
insert into public.appointments
  (id, client_id, provider_id, start_time, end_time, appointment_type, status, created_date)
values
  (%(row)s, %(client)s, %(provider)s, date_trunc('hour', now()) + interval '40 days 1 hour',
   date_trunc('hour', now()) + interval '40 days 2 hours', 'Intake', 'Cancelled', now());
update public.appointments set cancellation_reason = 'moved away';
"""
SECOND = f"""
insert into public.appointments (id, client_id, provider_id, start_time, end_time, status)
select '{OTHER}', client_id, provider_id, start_time + interval '30 min', end_time + interval '30 min', status
from public.appointments
"""
TABLE = "alter table public.appointments"
SET = "update public.appointments set"
FORBIDDEN = {
    "required_fields": ((f"{TABLE} alter column status drop not null", f"{SET} status = null"), {ROW}),
    "valid_status": (
        (f"{TABLE} drop constraint appointments_status_check", f"{SET} status = 'Abandoned'"),
        {ROW},
    ),
    "valid_appointment_type": (
        (f"{TABLE} drop constraint appointments_appointment_type_check", f"{SET} appointment_type = 'Chat'"),
        {ROW},
    ),
    "valid_duration": (
        (
            f"{TABLE} drop constraint appointments_duration_check",
            f"{SET} end_time = start_time + interval '25 hours'",
        ),
        {ROW},
    ),
    "double_booking": (
        (
            f"{TABLE} drop constraint appointments_no_double_booking",
            f"{SET} status = 'Completed'",
            SECOND,
        ),
        {ROW, OTHER},
    ),
    "orphaned_client": (
        (f"{TABLE} drop constraint appointments_client_id_fkey", f"{SET} client_id = gen_random_uuid()"),
        {ROW},
    ),
    "orphaned_provider": (
        (f"{TABLE} drop constraint appointments_provider_id_fkey", f"{SET} provider_id = gen_random_uuid()"),
        {ROW},
    ),
    "booking_stopped": ((f"{SET} created_date = now() - interval '15 days'",), set()),
}
# What follows from the planted defect, and is as wrong.
FOLLOWS = {
    "double_booking": {"client_double_booked", "completed_in_future", "type_missing"},
    "valid_duration": {"implausible_duration"},
}


async def find_failed(connection: Connection, *tables: str, trust: bool = True) -> dict[str, CheckResult]:
    evaluation = await evaluate(connection, tables, Reading(trust=trust, key_limit=1000))
    return {result.key: result for result in evaluation.results if not result.passed}


async def test_exactly_what_the_seed_planted_is_found(seeded_connection: Connection) -> None:
    found = await find_failed(seeded_connection, *await find_tables(seeded_connection))
    planted = {f"{table}.{rule}": keys for rule, (table, _, keys) in PLANTED.items()}
    assert {key: set(result.failing_keys) for key, result in found.items()} == planted
    assert {result.outcome for result in found.values()} == {"failed"}


async def test_nothing_else_is_found_where_nothing_is_taken_as_proved(seeded_connection: Connection) -> None:
    tables = await find_tables(seeded_connection)
    trusting = await find_failed(seeded_connection, *tables)
    reading = await find_failed(seeded_connection, *tables, trust=False)
    assert {key: result.failures for key, result in reading.items()} == {
        key: result.failures for key, result in trusting.items()
    }


async def test_what_the_constraints_forbid_is_proved_and_found_without_them(
    seeded_connection: Connection,
) -> None:
    connection = seeded_connection
    await connection.execute("truncate public.appointments cascade")
    for rule, (changes, keys) in FORBIDDEN.items():
        async with connection.transaction(force_rollback=True):
            values = {"row": ROW, "client": CLIENT, "provider": PERSON}
            for statement in GOOD.split(";\n"):
                await connection.execute(statement.encode(), values if "%(" in statement else None)
            assert await _wrong(connection) == {}, rule
            for statement in changes:
                await connection.execute(statement.encode())
            found = await _wrong(connection)
            assert found.pop(rule) == keys, rule
            assert found.keys() == FOLLOWS.get(rule, set()), rule


def test_every_rule_of_appointments_is_planted_somewhere() -> None:
    contract = read_contracts(ROOT / "docs" / "data-contracts")["appointments"]
    rules = {rule.name for _, _, rule in contract.locate_rules()}
    planted = {rule for rule, (table, _, _) in PLANTED.items() if table == "appointments"}
    assert rules == planted | FORBIDDEN.keys()


async def test_an_empty_practice_passes(connection: Connection) -> None:
    found = await find_failed(connection, *await find_tables(connection))
    # Somebody must be there first: `mentalspace admin create`.
    assert set(found) == {"user_roles.no_administrator"}


async def _wrong(connection: Connection) -> dict[str, set[str]]:
    rows = await (
        await connection.execute("select * from governance.evaluate_quality_checks('public.appointments')")
    ).fetchall()
    assert {row["outcome"] for row in rows} <= {"passed", "failed"}
    return {row["name"]: set(row["failing_keys"]) for row in rows if row["outcome"] == "failed"}
