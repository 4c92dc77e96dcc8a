"""How two versions of one contract differ, and what of it breaks something. Pure; never connects.

Breaking as the governance plan's template has it: dropping columns, changing types, removing constraints,
changing who sees which rows; and whatever makes a row that was right wrong, or the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mentalspace.contracts.contract import Classification, Column, Contract, Table
from mentalspace.contracts.physical_types import canonical_type
from mentalspace.contracts.rule import Rule


@dataclass(frozen=True)
class Change:
    """One difference; `place` is stable, such as `column.status`."""

    place: str
    detail: str
    is_breaking: bool


def compare_contracts(old: Contract, new: Contract) -> list[Change]:
    """Every difference that somebody else may count on; words of description are not."""
    return [
        *_compare_columns(old.table, new.table),
        *_compare_keys(old.table, new.table),
        *_compare_rules(old, new),
        *_compare_access(old, new),
        *_compare_promises(old, new),
    ]


def _compare_columns(old: Table, new: Table) -> Iterator[Change]:
    for column in old.columns:
        if (now := new.column(column.name)) is None:
            yield Change(f"column.{column.name}", f"Column {column.name} was dropped.", True)
        else:
            yield from _compare_column(column, now)
    for column in new.columns:
        if old.column(column.name) is None:
            demanded = not (column.is_nullable or column.default is not None or column.generated)
            how = " and must be given" if demanded else ""
            yield Change(f"column.{column.name}", f"Column {column.name} is new{how}.", demanded)


def _compare_column(old: Column, new: Column) -> Iterator[Change]:
    name = old.name
    types = canonical_type(old.physical_type), canonical_type(new.physical_type)
    if types[0] != types[1]:
        yield Change(f"type.{name}", f"{name} was {types[0]}, is {types[1]}.", True)
    if old.is_nullable != new.is_nullable:
        yield Change(f"null.{name}", f"{name} {'may' if new.is_nullable else 'may not'} be null now.", True)
    if old.generated != new.generated:
        yield Change(f"generated.{name}", f"{name} is {'' if new.generated else 'not '}generated now.", True)
    if old.default != new.default and not new.generated:
        yield Change(f"default.{name}", f"{name} has another default.", False)
    if old.unique != new.unique:
        yield Change(f"unique.{name}", f"{name} is {'' if new.unique else 'not '}unique now.", True)
    if old.classification != new.classification:
        leaves = old.classification is Classification.phi
        detail = f"{name} was {old.classification}, is {new.classification}."
        yield Change(f"classification.{name}", detail, leaves)


def _compare_keys(old: Table, new: Table) -> Iterator[Change]:
    if old.primary_key != new.primary_key:
        yield Change("primary_key", "The primary key is another.", True)
    before, after = _foreign_keys(old), _foreign_keys(new)
    for place, on_delete in before.items():
        if place not in after and new.column(place[0]):
            yield Change(f"foreign_key.{place[0]}", f"{place[0]} refers to {place[1]} no more.", True)
        elif after.get(place, on_delete) != on_delete:
            yield Change(
                f"foreign_key.{place[0]}", f"{place[0]}: on delete {after[place]}, was {on_delete}.", True
            )
    for place in after.keys() - before.keys():
        yield Change(
            f"foreign_key.{place[0]}", f"{place[0]} refers to {place[1]} now.", bool(old.column(place[0]))
        )
    yield from _compare_indexes(old, new)


def _foreign_keys(table: Table) -> dict[tuple[str, str], str]:
    return {(c.name, key.target): str(key.on_delete) for c in table.columns for key in c.relationships}


def _compare_indexes(old: Table, new: Table) -> Iterator[Change]:
    before, after = ({index.name: index for index in table.indexes} for table in (old, new))
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        constrains = bool((was and (was.unique or was.type == "gist")) or (now and now.unique))
        if was is None:
            yield Change(f"index.{name}", f"Index {name} is new.", constrains)
        elif now is None:
            yield Change(f"index.{name}", f"Index {name} was dropped.", constrains)
        elif was.model_dump(exclude={"description"}) != now.model_dump(exclude={"description"}):
            yield Change(f"index.{name}", f"Index {name} is another.", constrains)


def _compare_rules(old: Contract, new: Contract) -> Iterator[Change]:
    before, after = _rules(old), _rules(new)
    for name, (column, rule) in before.items():
        if name not in after:
            yield Change(f"rule.{name}", f"Rule {name} was dropped.", True)
        elif _meaning(rule, column) != _meaning(after[name][1], after[name][0]):
            yield Change(f"rule.{name}", f"Rule {name} means something else.", True)
        elif rule.severity != after[name][1].severity:
            yield Change(f"rule.{name}", f"Rule {name} has another severity.", False)
    for name in after.keys() - before.keys():
        yield Change(f"rule.{name}", f"Rule {name} is new.", False)


def _rules(contract: Contract) -> dict[str, tuple[str | None, Rule]]:
    return {rule.name: (c.name if c else None, rule) for _, c, rule in contract.locate_rules()}


def _meaning(rule: Rule, column: str | None) -> object:
    if not rule.is_ours:
        return rule.type, rule.engine, rule.query
    return rule.spec(column), rule.limit, rule.unit


def _compare_access(old: Contract, new: Contract) -> Iterator[Change]:
    before, after = ({role.role: role.access for role in contract.roles} for contract in (old, new))
    for role in sorted({*before, *after}):
        if before.get(role) != after.get(role):
            detail = f"{role}: {before.get(role, 'no access')} before, {after.get(role, 'no access')} now."
            yield Change(f"role.{role}", detail, True)
    if old.ownership != new.ownership:
        yield Change("ownership", "Rows belong to others.", True)
    if old.table.live != new.table.live:
        yield Change("live", "Other rows count as in use.", True)


def _compare_promises(old: Contract, new: Contract) -> Iterator[Change]:
    if old.retention != new.retention:
        yield Change("retention", "Rows are kept for another time.", False)
    if old.owner != new.owner:
        yield Change("owner", f"{new.owner} answers for it, was {old.owner}.", False)
    before, after = ({(s.property, s.element): s for s in c.sla_properties} for c in (old, new))
    for place in sorted({*before, *after}):
        if before.get(place) != after.get(place):
            yield Change(f"sla.{place[0]}", f"The promise {place[0]} is another.", False)
