"""From data contracts to retention rules. Never connects; the same contracts give the same rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from mentalspace.contracts.contract import Contract, Contracts
from mentalspace.contracts.parse import lift_custom_properties
from mentalspace.contracts.retention import EVERY_TABLE, DeletionMethod, RetentionProperty
from mentalspace.errors import DocumentError, Problem
from mentalspace.retention.rule import RetentionRule

RETENTION = ("schema", 0, "retention")


def compile_rules(contracts: Contracts) -> tuple[RetentionRule, ...]:
    """The rules of all contracts that have a retention, children before their parents.

    Raises `DocumentError` with every rule that could not be carried out.
    """
    kept = {table: rule for table in contracts if (rule := contracts[table].retention)}
    if problems := [problem for table in kept for problem in _find_problems(contracts, kept, table)]:
        raise DocumentError(problems)
    depths = _order(contracts, kept)
    rules = [_compile(contracts[table], rule, depths[table]) for table, rule in kept.items()]
    return tuple(sorted(rules, key=lambda rule: (rule.apply_order, rule.data_type)))


def find_children(contracts: Contracts, table: str) -> set[str]:
    """The tables of other contracts with a foreign key to this one."""
    return {
        child
        for child in contracts
        for column in contracts[child].table.columns
        for reference in column.relationships
        if reference.table == table and child != table
    }


def _waits_for(contracts: Contracts, table: str, rule: RetentionProperty) -> set[str]:
    children = find_children(contracts, table)
    everything = EVERY_TABLE in rule.waits_for or rule.method is DeletionMethod.hard_delete
    return children if everything else set(rule.waits_for)


def _find_problems(
    contracts: Contracts, kept: Mapping[str, RetentionProperty], table: str
) -> Iterator[Problem]:
    rule, document = kept[table], lift_custom_properties(contracts.documents[table])
    if "." in table:
        yield document.problem(f"{table} is outside public; retention keeps to public", *RETENTION)
    if Counter(other.data_type for other in kept.values())[rule.data_type] > 1:
        yield document.problem(f"data_type {rule.data_type} is used twice; give it its own", *RETENTION)
    if rule.method is DeletionMethod.anonymize:
        yield document.problem(
            "anonymize cannot be carried out; write soft_delete or hard_delete", *RETENTION, "method"
        )
    if rule.method is DeletionMethod.soft_delete and "deleted_at" not in contracts[table].table.column_names:
        yield document.problem(
            f"{table} has no column deleted_at; add it, or write hard_delete", *RETENTION, "method"
        )
    for child in sorted(set(rule.waits_for) - {EVERY_TABLE} - find_children(contracts, table)):
        yield document.problem(f"{child} has no foreign key to {table}", *RETENTION, "waits_for")
    for child in _find_endless(contracts, kept, table):
        yield document.problem(
            f"{table} would wait for ever: soft-deleted rows of {child} still refer to it; write soft_delete",
            *RETENTION,
            "method",
        )


def _find_endless(contracts: Contracts, kept: Mapping[str, RetentionProperty], table: str) -> Iterator[str]:
    """The tables that a hard delete waits for, but that never lose a row."""
    if kept[table].method is DeletionMethod.hard_delete:
        for child in sorted(_waits_for(contracts, table, kept[table]) & kept.keys()):
            if kept[child].method is DeletionMethod.soft_delete:
                yield child


def _order(contracts: Contracts, kept: Mapping[str, RetentionProperty]) -> dict[str, int]:
    """How many tables go before each one. Raises `DocumentError` if two wait for each other."""
    graph = {table: _waits_for(contracts, table, rule) & kept.keys() for table, rule in kept.items()}
    depths: dict[str, int] = {}
    try:
        for table in TopologicalSorter(graph).static_order():
            depths[table] = 1 + max((depths[child] for child in graph[table]), default=-1)
    except CycleError as error:
        circle = error.args[1]
        document = lift_custom_properties(contracts.documents[circle[0]])
        message = f"{' waits for '.join(reversed(circle))}; break the circle in one of them"
        raise DocumentError([document.problem(message, *RETENTION, "waits_for")]) from error
    return depths


def _compile(contract: Contract, rule: RetentionProperty, depth: int) -> RetentionRule:
    basis, ended, minor = rule.basis, rule.basis.ended, rule.minor
    return RetentionRule(
        data_type=rule.data_type,
        table_name=contract.table.name,
        retention_period_months=rule.months,
        deletion_method=rule.method,
        basis_columns=basis.columns,
        reason=rule.reason,
        subject_table=basis.table,
        subject_column=basis.through,
        ended_column=ended.column if ended else None,
        ended_values=ended.values if ended else (),
        birth_column=minor.birth_column if minor else None,
        under_age=minor.under_age if minor else None,
        until_age=minor.until_age if minor else None,
        waits_for=rule.waits_for,
        apply_order=depth,
        owner_position=contract.owner,
    )
