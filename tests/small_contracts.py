"""Small contracts for tests: columns in a word, rules in YAML."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

from mentalspace.contracts.check import check_contracts
from mentalspace.contracts.contract import Contracts
from mentalspace.contracts.parse import parse_contracts
from mentalspace.documents import Document, parse_document
from mentalspace.quality.check import CheckSpec
from mentalspace.quality.compile import compile_checks

ZONE = "America/New_York"
SEVERITY = "high"
OWNER = "scheduling_manager"


def write_contract(
    table: str, columns: str, rules: str = "", *, live: str | None = None, owner: str = OWNER
) -> str:
    """The YAML of a contract. `columns` are `name type[!]` by comma, the first is the primary key."""
    properties = "".join(_column(number, each.split()) for number, each in enumerate(columns.split(",")))
    quality = f"    quality:\n{indent(dedent(rules), ' ' * 6)}\n" if rules else ""
    filter_ = f"    customProperties: [{{property: live, value: {live}}}]\n" if live else ""
    return (
        f"apiVersion: v3.1.0\nkind: DataContract\nid: {table}\nversion: 1.0.0\nstatus: active\n"
        f"description: {{purpose: Test.}}\nteam: {{members: [{{username: {owner}, role: owner}}]}}\n"
        f"schema:\n  - name: {table}\n    properties:\n{properties}{quality}{filter_}"
    )


def write_rule(name: str, implementation: str, severity: str = SEVERITY, more: str = "") -> str:
    """The YAML of one rule of our own engine."""
    body = f"implementation:\n{indent(dedent(implementation).strip(), '  ')}"
    return f"- name: {name}\n" + indent(
        f"type: custom\nengine: mentalspace\nseverity: {severity}\ndescription: D.\n{body}\n{more}"
        f"customProperties: [{{property: remediation, value: Do.}}{THRESHOLD if 'unit' in more else ''}]\n",
        "  ",
    )


THRESHOLD = ", {property: threshold, value: 50}"


def write_metric(name: str, text: str) -> str:
    """The YAML of one rule of the standard's own."""
    return (
        f"- {{name: {name}, {text}, severity: {SEVERITY}, description: D., "
        "customProperties: [{property: remediation, value: Do.}]}\n"
    )


def read_small(*texts: str) -> Contracts:
    """Contracts, checked."""
    contracts = parse_contracts([_document(text) for text in texts])
    check_contracts(contracts)
    return contracts


def compile_small(*texts: str) -> tuple[CheckSpec, ...]:
    return compile_checks(read_small(*texts), ZONE)


def _document(text: str) -> Document:
    name = next(line for line in text.splitlines() if line.startswith("id: ")).removeprefix("id: ")
    return parse_document(text, Path(f"{name}.odcs.yaml"))


def _column(number: int, words: list[str]) -> str:
    name, kind = words[0], " ".join(words[1:])
    key = ", primaryKey: true" if number == 0 else ""
    required = ", required: true" if kind.endswith("!") else ""
    kind = kind.removesuffix("!")
    return (
        f"      - {{name: {name}, logicalType: string, physicalType: '{kind}', classification: internal, "
        f"description: C.{key}{required}}}\n"
    )
