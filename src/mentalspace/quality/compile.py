"""From contracts to checks. Pure and deterministic; never connects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, assert_never

from mentalspace.contracts.contract import Contract, Contracts, Table
from mentalspace.contracts.guard import find_columns, find_tables, reads_clock
from mentalspace.contracts.rule import (
    Accepted,
    Complete,
    Counterpart,
    FailsWhen,
    Fresh,
    NoOverlap,
    Query,
    Refers,
    Rule,
    Unique,
    Volume,
)
from mentalspace.quality import predicates
from mentalspace.quality.check import (
    CheckSpec,
    ExclusionProof,
    ForeignKeyProof,
    Kind,
    PredicateProof,
    UniqueProof,
)
from mentalspace.quality.incremental import plan_passes


def compile_checks(contracts: Contracts, time_zone: str) -> tuple[CheckSpec, ...]:
    """Every check of every contract, by table and name. The contracts' SQL has been checked."""
    checks = [check for contract in contracts.values() for check in _compile(contracts, contract, time_zone)]
    return tuple(sorted(checks, key=lambda check: (check.table_name, check.name)))


def _compile(contracts: Contracts, contract: Contract, time_zone: str) -> Iterator[CheckSpec]:
    for _, column, rule in contract.locate_rules():
        if not rule.is_ours:
            continue
        spec = rule.spec(column.name if column else None)
        judged = contracts[spec.rows] if isinstance(spec, FailsWhen) and spec.rows else contract
        parts = _Compiler(contracts, judged.table).compile(spec)
        parts["incremental"] = plan_passes(contracts, judged.table, spec)
        yield _assemble(contract, judged.table, rule, time_zone, parts)


def _assemble(
    contract: Contract, judged: Table, rule: Rule, time_zone: str, parts: dict[str, Any]
) -> CheckSpec:
    predicate = parts.get("predicate") or parts.get("value") or "true"
    return CheckSpec(
        table_name=contract.table.qualified_name,
        name=rule.name,
        relation=judged.qualified_name,
        live=judged.live,
        primary_key=judged.primary_key,
        time_zone=time_zone,
        reads_clock=reads_clock(predicate),
        threshold=rule.limit or 0,
        unit=rule.unit,
        severity=rule.severity,
        dimension=rule.dimension,
        owner=rule.owner or contract.owner,
        title=rule.title,
        description=rule.description,
        remediation=rule.remediation,
        business_impact=rule.business_impact,
        contract_version=contract.version,
        **parts,
    )


class _Compiler:
    """Compiles what rules say about the rows of one table."""

    def __init__(self, contracts: Contracts, table: Table) -> None:
        self.contracts = contracts
        self.table = table

    def compile(self, spec: Any) -> dict[str, Any]:
        match spec:
            case Complete() | Accepted():
                return self._scan(self._row_predicate(spec))
            case FailsWhen():
                return self._failure(spec)
            case Unique():
                return self._unique(spec)
            case Refers():
                return self._reference(spec)
            case NoOverlap():
                return self._overlap(spec)
            case Fresh():
                return _value(predicates.stale(self.table, spec))
            case Volume():
                return _value(predicates.volume(self.table, spec))
            case Query():
                return _value(spec.query.strip(), reads=find_tables(spec.query))
            case _:
                assert_never(spec)

    def _row_predicate(self, spec: Complete | Accepted) -> str:
        if isinstance(spec, Complete):
            return predicates.incomplete(spec)
        column = self.table.column(spec.column)
        return predicates.unacceptable(spec, is_text=column is None or column.is_text)

    def _scan(self, predicate: str) -> dict[str, Any]:
        proof = PredicateProof(columns=find_columns(predicate))
        return {"kind": Kind.scan, "predicate": predicate, "proof": proof}

    def _failure(self, spec: FailsWhen) -> dict[str, Any]:
        if not spec.having and not spec.without:
            return self._scan(spec.predicate)
        tables = {other.table: self._relation(other) for other in (*spec.having, *spec.without)}
        predicate = predicates.failure(self.table.name, spec, tables)
        return {"kind": Kind.cross, "predicate": predicate, "reads": tuple(sorted(tables.values()))}

    def _relation(self, other: Counterpart) -> str:
        return self.contracts[other.table].table.qualified_name

    def _unique(self, spec: Unique) -> dict[str, Any]:
        return {
            "kind": Kind.cross,
            "predicate": predicates.has_twin(self.table, spec),
            "failing": predicates.twins(self.table, spec),
            "proof": UniqueProof(columns=spec.columns, where=spec.where),
            "reads": (self.table.qualified_name,),
        }

    def _reference(self, spec: Refers) -> dict[str, Any]:
        target = spec.to_table if "." in spec.to_table else f"public.{spec.to_table}"
        return {
            "kind": Kind.cross,
            "predicate": predicates.orphaned(self.table.name, spec, target),
            "proof": ForeignKeyProof(column=spec.column, to_table=target, to_column=spec.to_column),
            "reads": (target,),
        }

    def _overlap(self, spec: NoOverlap) -> dict[str, Any]:
        return {
            "kind": Kind.cross,
            "predicate": predicates.overlaps(self.table, spec),
            "failing": predicates.overlapping(self.table, spec),
            "proof": ExclusionProof(within=spec.within, start=spec.start, end=spec.end, where=spec.where),
            "reads": (self.table.qualified_name,),
        }


def _value(query: str, reads: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"kind": Kind.value, "value": query, "reads": reads}
