"""Documents of `docs/raci` to a `Matrix`, or all problems of all files with their lines. Never connects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from mentalspace.contracts.contract import Contract
from mentalspace.documents import Document, Location, read_document
from mentalspace.errors import DocumentError, InputError, Problem
from mentalspace.raci.advice import suggest
from mentalspace.raci.matrix import (
    AppRole,
    Assignment,
    Enforcement,
    Escalation,
    Handoff,
    Matrix,
    Module,
    Role,
    Task,
)
from mentalspace.raci.promises import Clock, Doing, Sla
from mentalspace.raci.rules import find_problems
from mentalspace.raci.tables import Table, TableDeclaration, from_contract, from_declaration

FOLDER = Path("docs/raci")
_KEYS_AT: Mapping[tuple[str, ...], type[BaseModel]] = {
    (): Module,
    ("roles", "*"): Role,
    ("tasks", "*"): Task,
    ("tasks", "*", "duties", "*"): Assignment,
    ("tasks", "*", "enforces", "*"): Enforcement,
    ("tasks", "*", "sla"): Sla,
    ("tasks", "*", "sla", "clock"): Clock,
    ("tasks", "*", "sla", "clock", "done"): Doing,
    ("escalation", "*"): Escalation,
    ("handoffs", "*"): Handoff,
    ("tables", "*"): TableDeclaration,
}


def parse_matrix(folder: Path, contracts: Mapping[str, Contract]) -> Matrix:
    """Read every document of a folder. Raises `DocumentError`, or `InputError` when there is none."""
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise InputError(f"{folder}: no RACI documents; write one <module>.yaml per module there")
    return parse_documents([read_document(path) for path in paths], contracts)


def parse_documents(documents: list[Document], contracts: Mapping[str, Contract]) -> Matrix:
    """Parsed YAML to a matrix that keeps its rules."""
    problems: list[Problem] = []
    modules: dict[str, tuple[Document, Module]] = {}
    for document in documents:
        module, wrong = _validate(document)
        problems += wrong
        if module:
            problems += _misplaced(document, module, modules)
            modules[module.module] = (document, module)
    tables = dict(_tables(modules, contracts, problems))
    matrix = Matrix({name: module for name, (_, module) in modules.items()}, tables)
    for document, module in modules.values():
        problems += find_problems(document, module, matrix)
    if problems:
        raise DocumentError(problems)
    return matrix


def parse_modules(documents: list[Document]) -> dict[str, Module]:
    """Parsed YAML to modules by name, each valid for itself; tables and other modules are not asked."""
    parsed = [_validate(document) for document in documents]
    if problems := [problem for _, wrong in parsed for problem in wrong]:
        raise DocumentError(problems)
    return {module.module: module for module, _ in parsed if module}


def _misplaced(document: Document, module: Module, known: Mapping[str, Any]) -> Iterator[Problem]:
    if module.module in known:
        yield document.problem(f"{module.module}: a module of that name is already another file", "module")
    elif document.path.stem != module.module:
        yield document.problem(f"name the file {module.module}.yaml, or the module otherwise", "module")


def _tables(
    modules: Mapping[str, tuple[Document, Module]],
    contracts: Mapping[str, Contract],
    problems: list[Problem],
) -> Iterator[tuple[str, Table]]:
    found: dict[str, str] = {}
    for name, contract in contracts.items():
        if table := from_contract(contract):
            found[name] = table.declared_in
            yield name, table
    for document, module in modules.values():
        for name, declaration in module.tables.items():
            if name in found:
                message = f"{name}: already declared in {found[name]}; remove it here"
                problems.append(document.problem(message, "tables", name))
            else:
                found[name] = document.path.as_posix()
                yield name, from_declaration(name, declaration, document.path.as_posix())


def _validate(document: Document) -> tuple[Module | None, list[Problem]]:
    try:
        return Module.model_validate(document.data), []
    except ValidationError as error:
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        return None, [_problem(document, item["type"], tuple(item["loc"]), item["msg"]) for item in errors]


def _problem(document: Document, kind: str, location: Location, message: str) -> Problem:
    where = tuple(part for part in location if part != "[key]")
    name = str(where[-1]) if where else ""
    if kind == "extra_forbidden":
        message = f"{name}: not a key here; {suggest(name, _keys_at(where[:-1]))}"
    elif location[-1:] == ("[key]",):
        roles = tuple(AppRole) if kind == "enum" else ()
        message = f"{name}: not a role; {suggest(name, roles)}" if roles else f"{name}: write snake_case"
    elif kind == "missing":
        message = f"{name}: missing; add it"
    else:
        message = f"{'.'.join(map(str, where))}: {message.removeprefix('Value error, ')}"
    return document.problem(message, *where)


def _keys_at(location: Location) -> tuple[str, ...]:
    for pattern, model in _KEYS_AT.items():
        fits = len(pattern) == len(location) and all(
            want in ("*", got) for want, got in zip(pattern, location, strict=True)
        )
        if fits:
            return tuple(field.alias or name for name, field in model.model_fields.items())
    return ()
