"""From ODCS files to contracts: every mistake with its line and what to write instead. Never connects."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any

from mentalspace.contracts.contract import Contract, Contracts
from mentalspace.contracts.contradictions import find_contradictions, find_strangers
from mentalspace.contracts.standard import find_violations
from mentalspace.documents import Document, Location, read_document, validate_document
from mentalspace.errors import DocumentError, InputError, Problem

PATTERN = "*.odcs.yaml"
# Where each word of our vocabulary may stand; `*` is any index. See docs/contracts.md.
VOCABULARY: dict[Location, frozenset[str]] = {
    (): frozenset({"lineage", "history", "audit", "noticeBusinessDays"}),
    ("schema", "*"): frozenset({"ownership", "retention", "indexes", "live"}),
    ("schema", "*", "properties", "*"): frozenset({"default", "generated"}),
    ("schema", "*", "properties", "*", "relationships", "*"): frozenset(
        {"onDelete", "schema", "description"}
    ),
    ("schema", "*", "quality", "*"): frozenset({"remediation", "owner", "threshold"}),
    ("schema", "*", "properties", "*", "quality", "*"): frozenset({"remediation", "owner", "threshold"}),
}


def read_contracts(folder: Path) -> Contracts:
    """All contracts of a folder (`*.odcs.yaml`). Reads files, never connects.

    Raises `DocumentError` with every problem of every file, and `InputError` if the folder has none.
    """
    paths = sorted(folder.glob(PATTERN))
    if not paths:
        raise InputError(f"{folder}: no {PATTERN} here; run in a workspace, or set MENTALSPACE_WORKSPACE")
    return parse_contracts([read_document(path) for path in paths])


def parse_contracts(documents: list[Document]) -> Contracts:
    """Contracts that agree with each other. Raises `DocumentError` with every problem of every document."""
    problems: list[Problem] = []
    by_table: dict[str, Contract] = {}
    by_name: dict[str, Document] = {}
    for document in documents:
        try:
            contract = parse_contract(document)
        except DocumentError as error:
            problems.extend(error.problems)
            continue
        table = contract.table.qualified_name.removeprefix("public.")
        if table in by_table:
            where = by_name[table].path.name
            problems.append(document.problem(f"{table} has its contract in {where}; keep one", "schema", 0))
        by_table[table], by_name[table] = contract, document
    if not problems:
        contracts = Contracts(by_table, by_name)
        problems = [problem for table in contracts for problem in find_strangers(contracts, table)]
        if not problems:
            return contracts
    raise DocumentError(problems)


def parse_contract(document: Document) -> Contract:
    """One contract by itself. Raises `DocumentError`; references to other tables are not looked at."""
    if not isinstance(document.data, dict):
        raise DocumentError([document.problem("not a data contract; start with apiVersion, kind, id")])
    if problems := find_violations(document):
        raise DocumentError(problems)
    lifted = lift_custom_properties(document)
    contract = validate_document(lifted, Contract)
    if problems := list(find_contradictions(lifted, contract)):
        raise DocumentError(problems)
    digest = sha256(document.text.encode()).hexdigest()
    return contract.model_copy(update={"source": document.path, "digest": digest})


def lift_custom_properties(document: Document) -> Document:
    """The document with our custom properties as keys of what they belong to, each with its own line.

    Raises `DocumentError` for a name that is not in the vocabulary of its place; names with a dot are
    other tools' and are passed over.
    """
    lines = dict(document.lines)
    problems: list[Problem] = []
    lifted = replace(document, lines=lines)
    data = _lift(document.data, (), lifted, lines, problems)
    if problems:
        raise DocumentError(problems)
    return replace(lifted, data=data)


def _lift(
    node: Any, place: Location, document: Document, lines: dict[Location, int], problems: list[Problem]
) -> Any:
    if isinstance(node, list):
        return [_lift(item, (*place, i), document, lines, problems) for i, item in enumerate(node)]
    if not isinstance(node, dict):
        return node
    result = {
        key: _lift(value, (*place, key), document, lines, problems)
        for key, value in node.items()
        if key != "customProperties"
    }
    known = VOCABULARY.get(tuple("*" if isinstance(part, int) else part for part in place), frozenset())
    for index, item in enumerate(node.get("customProperties") or ()):
        name, source = item["property"], (*place, "customProperties", index)
        if "." in name:
            continue
        if name not in known:
            problems.append(document.problem(_suggest(name, known), *source))
            continue
        result[name] = item["value"]
        _move_lines(lines, (*source, "value"), (*place, name))
    return result


def _suggest(name: str, known: frozenset[str]) -> str:
    near = get_close_matches(name, known, n=1)
    choice = near[0] if near else " or ".join(sorted(known)) or "nothing"
    return f"unknown custom property {name!r}; write {choice} here, or <tool>.{name} if it is another tool's"


def _move_lines(lines: dict[Location, int], source: Location, target: Location) -> None:
    inner = {place: line for place, line in lines.items() if place[: len(source)] == source}
    lines.update({(*target, *place[len(source) :]): line for place, line in inner.items()})
