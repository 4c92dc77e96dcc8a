"""What cannot be true of a contract, in itself and beside the others. Never connects."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from mentalspace.contracts.contract import Contract, Contracts
from mentalspace.contracts.rule import (
    Accepted,
    Complete,
    FailsWhen,
    Fresh,
    NoOverlap,
    Refers,
    Spec,
    Unique,
)
from mentalspace.documents import Document, Location
from mentalspace.errors import Problem


def find_contradictions(document: Document, contract: Contract) -> Iterator[Problem]:
    yield from _find_repeated_columns(document, contract)
    if not contract.table.primary_key:
        yield document.problem(
            f"{contract.table.name} has no primary key; write primaryKey: true at its column", "schema", 0
        )
    yield from _find_lost_columns(document, contract)
    yield from _find_bad_rules(document, contract)


def _find_repeated_columns(document: Document, contract: Contract) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, name in enumerate(contract.table.column_names):
        if name in seen:
            yield document.problem(
                f"column {name} is written twice; keep one", "schema", 0, "properties", index
            )
        seen.add(name)


def _find_lost_columns(document: Document, contract: Contract) -> Iterator[Problem]:
    """Columns that ownership and retention name and the table does not have."""
    if ownership := contract.ownership:
        named = [*ownership.owner, *([ownership.client] if ownership.client else [])]
        yield from _find_unknown(document, contract, named, ("schema", 0, "ownership"))
    if retention := contract.retention:
        basis = retention.basis
        minor = [retention.minor.birth_column] if retention.minor else []
        ended = [basis.ended.column] if basis.ended else []
        named = [basis.through] if basis.through else [*basis.columns, *ended, *minor]
        yield from _find_unknown(document, contract, named, ("schema", 0, "retention"))


def _find_bad_rules(document: Document, contract: Contract) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, column, rule in contract.locate_rules():
        if rule.name in seen:
            yield document.problem(f"rule {rule.name} is written twice; give it another name", *place)
        seen.add(rule.name)
        if not rule.is_ours:
            continue
        try:
            spec = rule.spec(column.name if column else None)
        except ValueError as error:
            yield document.problem(f"{rule.name}: {error}", *place)
            continue
        yield from _find_unknown(document, contract, columns_of(spec), place)


def columns_of(spec: Spec) -> list[str]:
    """The columns of the contract's own table that a rule names outside of SQL."""
    match spec:
        case Complete() | Unique():
            return list(spec.columns)
        case Accepted() | Refers() | Fresh():
            return [spec.column]
        case NoOverlap():
            return [*spec.within, spec.start, spec.end]
        case FailsWhen(rows=None):
            return [own for other in (*spec.having, *spec.without) for own in other.match.values()]
        case _:
            return []


def _find_unknown(
    document: Document, contract: Contract, names: list[str], place: Location
) -> Iterator[Problem]:
    known = contract.table.column_names
    for name in names:
        if name not in known:
            yield document.problem(unknown_column(contract.table.name, name, known), *place)


def unknown_column(table: str, name: str, known: tuple[str, ...]) -> str:
    """What to say about a column that a table does not have."""
    near = get_close_matches(name, known, n=3)
    return (
        f"{table} has no column {name}; write {' or '.join(near) if near else 'one of ' + ', '.join(known)}"
    )


def find_strangers(contracts: Contracts, table: str) -> Iterator[Problem]:
    """Tables and columns of other contracts that this one names and that do not exist."""
    contract, document = contracts[table], contracts.documents[table]
    for index, column in enumerate(contract.table.columns):
        for number, key in enumerate(column.relationships):
            place: Location = ("schema", 0, "properties", index, "relationships", number)
            yield from _find_stranger(contracts, document, key.table, [key.column], place)
    for place, at, rule in contract.locate_rules():
        spec = rule.spec(at.name if at else None) if rule.is_ours else None
        if isinstance(spec, Refers):
            yield from _find_stranger(contracts, document, spec.to_table, [spec.to_column], place)
        elif isinstance(spec, FailsWhen):
            others = (*spec.having, *spec.without)
            for other in others:
                yield from _find_stranger(
                    contracts, document, other.table, list(other.match), place, known=True
                )
            if spec.rows:
                own = [column for other in others for column in other.match.values()]
                yield from _find_stranger(contracts, document, spec.rows, own, place, known=True)


def _find_stranger(
    contracts: Contracts,
    document: Document,
    table: str,
    columns: list[str],
    place: Location,
    *,
    known: bool = False,
) -> Iterator[Problem]:
    if table not in contracts:
        if known:  # a foreign key may lead out of the contracts (auth.users), a rule may not
            near = get_close_matches(table, contracts, n=1) or sorted(contracts)
            yield document.problem(f"{table} has no contract; write {' or '.join(near)}", *place)
        return
    for name in columns:
        if name not in contracts[table].table.column_names:
            yield document.problem(unknown_column(table, name, contracts[table].table.column_names), *place)
