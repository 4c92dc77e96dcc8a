"""Rules are proposed from counts; no value that could be about somebody gets out."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from tests.small_contracts import read_small, write_contract, write_rule

from mentalspace.contracts.contract import Contract
from mentalspace.contracts.parse import read_contracts
from mentalspace.database.connection import Connection
from mentalspace.quality.history import list_history, list_runs
from mentalspace.quality.runner import evaluate, record
from mentalspace.quality.suggesting import find_suggestions
from mentalspace.quality.suggestion import render_suggestions, suggest_range

ROOT = Path(__file__).parents[3]
COLUMNS = (
    "id bigint!, name text, state text, rare text, long text, code text, n integer, day date, "
    "started_at timestamptz, ended_at timestamptz"
)
PREPARE = """
create table public.things (
  id bigint primary key, name text, state text, rare text, long text, code text, n integer, day date,
  started_at timestamptz, ended_at timestamptz
);
insert into public.things
select number, 'Canary', case when number % 2 = 0 then 'open' else 'closed' end,
  case when number <= 10 then 'Canary' else 'usual' end, repeat('Canary', 9), 'Canary 7',
  case when number = 1 then 613 else number end, current_date - 1, now() - interval '2 hours',
  now() - interval '1 hour'
from generate_series(1, 60) as number
"""


def contract(rules: str = "", phi: str = "name") -> Contract:
    text = write_contract("things", COLUMNS, rules)
    for name in phi.split():
        at = text.index(f"name: {name},")
        text = text[:at] + text[at:].replace("classification: internal", "classification: phi", 1)
    return read_small(text)["things"]


async def suggest(connection: Connection, given: Contract | None) -> dict[str, object]:
    found = await find_suggestions(connection, "things", given)
    assert "Canary" not in render_suggestions(found)
    assert "613" not in render_suggestions(found)
    return {str(each.rule["name"]): each.rule for each in found}


@pytest.fixture
async def things(connection: Connection) -> Connection:
    for statement in PREPARE.split(";\n"):
        await connection.execute(statement.encode())
    return connection


async def test_open_columns_give_sets_and_ranges_but_no_rare_value(things: Connection) -> None:
    found = await suggest(things, contract())
    assert found["valid_state"] == {
        **found["valid_state"],
        "arguments": {"validValues": ["closed", "open"]},
    }
    # one value of ten rows, one of 54 letters, one with a digit
    assert not {"valid_rare", "valid_long", "valid_code", "valid_name"} & found.keys()
    assert found["plausible_n"]["implementation"] == {"fails_when": "n < 0 or n > 1000"}


async def test_columns_of_people_give_counts_alone(things: Connection) -> None:
    phi = "name state rare long code n day started_at ended_at"
    found = await suggest(things, contract(phi=phi))
    assert not [name for name in found if name.startswith(("valid_", "plausible_"))]
    assert {
        "name_missing",
        "name_blank",
        "n_negative",
        "day_in_future",
        "ended_at_before_started_at",
    } <= found.keys()


async def test_a_table_without_a_contract_counts_as_phi(things: Connection) -> None:
    found = await suggest(things, None)
    assert not [name for name in found if name.startswith(("valid_", "plausible_"))]
    assert "unique_n" in found
    assert "unique_name" not in found


async def test_what_some_row_breaks_is_not_proposed(things: Connection) -> None:
    await things.execute(
        "insert into public.things values "
        "(61, ' ', 'open', 'usual', 'x', 'y', -1, current_date + 2, now(), now() - interval '1 day')"
    )
    await things.execute("insert into public.things (id) values (62)")
    found = await suggest(things, contract(phi="name n day"))
    assert (
        not {"name_missing", "name_blank", "n_negative", "day_in_future", "ended_at_before_started_at"}
        & found.keys()
    )


async def test_few_rows_say_nothing(things: Connection) -> None:
    await things.execute("delete from public.things where id > 20")
    found = await suggest(things, contract())
    assert {name for name in found if not name.startswith("plausible")} == set()


async def test_what_the_contract_has_is_not_proposed_again(things: Connection) -> None:
    rules = write_rule("a", "complete: [name]") + write_rule("b", "fails_when: btrim(name) = ''")
    found = await suggest(things, contract(rules))
    assert not {"name_missing", "name_blank"} & found.keys()


async def test_rows_that_policies_hide_are_an_error(things: Connection) -> None:
    await things.execute("alter table public.things enable row level security")
    await things.execute("grant select on public.things to authenticated")
    await things.execute("set role authenticated")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await find_suggestions(things, "things", None)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 0, "0 or n > 1"), (-3, 7, "-5 or n > 10"), (12, 613, "0 or n > 1000"), (1, 2, "0 or n > 2")],
)
def test_ends_of_ranges_are_round(low: float, high: float, expected: str) -> None:
    rule = suggest_range("n", low, high).rule
    assert rule["implementation"] == {"fails_when": f"n < {expected}"}


async def test_proposals_for_the_practice_are_rules_that_pass(seeded_connection: Connection) -> None:
    contracts = read_contracts(ROOT / "docs" / "data-contracts")
    for table in ("payment_records", "telehealth_sessions"):
        found = await find_suggestions(seeded_connection, table, contracts[table])
        assert found
        assert "Synthetic" not in render_suggestions(found)


async def test_history_is_newest_first_and_bounded(seeded_connection: Connection) -> None:
    connection = seeded_connection
    for _ in range(2):
        await record(connection, await evaluate(connection, ["public.appointments"]))
        await connection.execute(
            "update public.appointments set deleted_at = now() where id::text like '%2861'"
        )
    runs = await list_runs(connection, 10)
    assert [run.check_date for run in runs] == sorted((run.check_date for run in runs), reverse=True)
    assert len(runs) == 2
    assert runs[0].failed > 0
    results = await list_history(connection, "appointments.late_note", 10)
    assert [result.failures for result in results] == [2, 3]
    assert len(await list_history(connection, "appointments.late_note", 1)) == 1
