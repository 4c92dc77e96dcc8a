"""Whether the SQL in contracts is sound: every problem with its line. Never connects."""

from __future__ import annotations

from collections.abc import Iterator

from mentalspace.contracts.contract import Contract, Contracts
from mentalspace.contracts.guard import Columns, check_predicate, check_query
from mentalspace.contracts.rule import Counterpart, FailsWhen, NoOverlap, Query, Spec, Unique
from mentalspace.documents import Location
from mentalspace.errors import DocumentError, Problem


def check_contracts(contracts: Contracts) -> None:
    """Raise `DocumentError` with every piece of SQL that contracts may not hold."""
    problems = [problem for table in contracts for problem in _find_problems(contracts, table)]
    if problems:
        raise DocumentError(problems)


def _find_problems(contracts: Contracts, table: str) -> Iterator[Problem]:
    contract, document = contracts[table], contracts.documents[table]
    if contract.table.live:
        for message in check_predicate(contract.table.live, *_alone(contract)):
            yield document.problem(f"live: {message}", "schema", 0)
    if contract.ownership and contract.ownership.client_sees:
        for message in check_predicate(contract.ownership.client_sees, *_alone(contract)):
            yield document.problem(f"client_sees: {message}", "schema", 0, "ownership")
    for place, column, rule in contract.locate_rules():
        if rule.is_ours:
            for where, message in _check_spec(
                contracts, contract, rule.spec(column.name if column else None)
            ):
                yield document.problem(f"{rule.name}: {message}", *place, *where)


def _check_spec(contracts: Contracts, contract: Contract, spec: Spec) -> Iterator[tuple[Location, str]]:
    match spec:
        case FailsWhen():
            yield from _check_failure(contracts, contract, spec)
        case Unique(where=str() as where) | NoOverlap(where=str() as where):
            place = ("implementation", "unique" if isinstance(spec, Unique) else "no_overlap", "where")
            for message in check_predicate(where, *_alone(contract)):
                yield place, message
        case Query(query=query):
            for message in check_query(query, contracts):
                yield ("query",), message
        case _:
            return


def _check_failure(
    contracts: Contracts, contract: Contract, spec: FailsWhen
) -> Iterator[tuple[Location, str]]:
    judged = contracts[spec.rows] if spec.rows else contract
    own, columns = _alone(judged)
    for message in check_predicate(spec.predicate, own, columns):
        yield ("implementation", "fails_when"), message
    for word, others in (("having", spec.having), ("without", spec.without)):
        for other in others:
            for message in _check_counterpart(contracts, judged, other):
                yield ("implementation", word), message


def _check_counterpart(contracts: Contracts, judged: Contract, other: Counterpart) -> Iterator[str]:
    own, columns = _alone(judged)
    if other.name == own:
        yield f"{own} is the table of the rule; call the other one `as: other`"
    elif other.where:
        both = {**columns, other.name: contracts[other.table].table.column_names}
        yield from check_predicate(other.where, own, both, qualified=True)


def _alone(contract: Contract) -> tuple[str, Columns]:
    return contract.table.name, {contract.table.name: contract.table.column_names}
