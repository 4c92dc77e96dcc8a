"""Live tables against their contracts: no drift as migrated, each change in the database is one finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from mentalspace.catalog.reading import fetch_table, find_tables
from mentalspace.contracts.contract import Contracts
from mentalspace.contracts.draft import draft_file
from mentalspace.contracts.drift import find_drift
from mentalspace.contracts.parse import parse_contract, read_contracts
from mentalspace.database.connection import Connection
from mentalspace.documents import parse_document
from mentalspace.errors import InputError
from mentalspace.findings import Level

ROOT = Path(__file__).parents[2]
CONTRACTS = read_contracts(ROOT / "docs" / "data-contracts")
TABLE = "alter table public.payment_records"
CHANGES = {
    "column.amount": f"{TABLE} drop column amount cascade",
    "column.extra": f"{TABLE} add column extra text",
    "type.reference_number": f"{TABLE} alter column reference_number type varchar(40)",
    "null.client_id": f"{TABLE} alter column client_id drop not null",
    "default.posted_by": f"{TABLE} alter column posted_by drop default",
    "foreign_key.claim_id": f"{TABLE} drop constraint payment_records_claim_id_fkey",
    "foreign_key.charge_id": (
        f"{TABLE} drop constraint payment_records_charge_id_fkey, "
        "add constraint payment_records_charge_id_fkey foreign key (charge_id) "
        "references public.charge_entries (id) on delete restrict not valid"
    ),
    "index.payment_records_posted_by_idx": "drop index public.payment_records_posted_by_idx",
    "row_security": f"{TABLE} disable row level security",
    "grant.anon": "grant select on public.payment_records to anon",
    "grant.public": "grant select (amount) on public.payment_records to public",
    "grant.authenticated": "grant truncate on public.payment_records to authenticated",
}


async def find_keys(connection: Connection) -> set[str]:
    live = await find_tables(connection, schemas=["public"])
    found = find_drift(CONTRACTS, live, "payment_records")
    return {finding.key.split(":")[2] for finding in found if finding.level is not Level.info}


async def test_what_is_migrated_is_what_contracts_say(connection: Connection) -> None:
    findings = find_drift(CONTRACTS, await find_tables(connection, schemas=["public"]))
    assert [finding.key for finding in findings if finding.level is not Level.info] == []


async def test_a_change_of_the_database_is_told_where_it_is(connection: Connection) -> None:
    for expected, statement in CHANGES.items():
        async with connection.transaction(force_rollback=True):
            await connection.execute(statement.encode())
            assert await find_keys(connection) == {expected}, statement


async def test_a_draft_of_any_table_is_valid_and_agrees_with_it(connection: Connection) -> None:
    live = await find_tables(connection, schemas=["public", "governance"])
    assert len(live) > len(CONTRACTS)
    for table in live.values():
        if not table.primary_key:
            continue
        file = draft_file(table, "privacy_officer", "2026-11-22")
        document = parse_document(file.text, file.path)
        drafted = Contracts({table.name: parse_contract(document)}, {table.name: document})
        assert [f.key for f in find_drift(drafted, live, table.name)] == [], table.name


async def test_a_missing_table_is_the_callers_mistake(connection: Connection) -> None:
    with pytest.raises(InputError, match=r"no table public\.nothing"):
        await fetch_table(connection, "nothing")


async def test_reading_the_catalog_leaves_the_session_as_it_was(connection: Connection) -> None:
    show = "select current_setting('search_path') as path"
    before = await (await connection.execute(show)).fetchone()
    await find_tables(connection, schemas=["public"])
    assert await (await connection.execute(show)).fetchone() == before
