"""A first contract for a table that has none: what the catalog knows, and careful guesses. Never connects.

What only people can know is written so that it errs to the safe side and is easy to find: a column that is
not plainly technical counts as PHI, and a description that nobody has written says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from mentalspace.catalog.table import LiveColumn, LiveForeignKey, LiveIndex, LiveTable
from mentalspace.contracts.contract import FOLDER, Classification
from mentalspace.contracts.generated import GeneratedFile
from mentalspace.contracts.parse import parse_contract
from mentalspace.documents import parse_document

UNDESCRIBED = "Not described yet."
_SHORT = {"timestamp with time zone": "timestamptz"}
_LOGICAL = {
    "boolean": "boolean",
    "date": "date",
    "json": "object",
    "jsonb": "object",
    "timestamptz": "timestamp",
    "timestamp without time zone": "timestamp",
    "time without time zone": "time",
}
_WHOLE, _BROKEN = ("smallint", "integer", "bigint"), ("numeric", "real", "double precision")
# Words that YAML 1.1 reads as something else, and characters that mean something to it.
_PLAIN = re.compile(r"^[A-Za-z][A-Za-z0-9 _./()'-]*$")
_TAKEN = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_PEOPLE, _CLIENTS = "public.profiles", "public.clients"


def draft_contract(table: LiveTable, owner: str, date: str) -> str:
    """An ODCS document, valid as it stands, for `owner` (a position) to complete. Deterministic."""
    title = table.name.replace("_", " ").capitalize()
    lines = [
        *_head(table, title, owner),
        "schema:",
        *_indent(_schema(table, title), 2),
        *_foot(owner, date),
    ]
    return "\n".join(lines) + "\n"


def draft_file(table: LiveTable, owner: str, date: str) -> GeneratedFile:
    """The draft as a file. Raises `DocumentError` if no contract can say what the table is."""
    path = FOLDER / f"{table.name}.odcs.yaml"
    text = draft_contract(table, owner, date)
    parse_contract(parse_document(text, path))
    return GeneratedFile(path, text)


def guess_classification(table: LiveTable, column: LiveColumn) -> Classification:
    """`internal` for the key and the stamps of the row, `pii` for who did it, else `phi`."""
    if table.primary_key == (column.name,) and column.type in ("uuid", "bigint", "integer"):
        return Classification.internal
    if column.type.startswith("timestamp") and column.name in ("created_at", "updated_at", "deleted_at"):
        return Classification.internal
    if _refers(table, column.name, _PEOPLE):
        return Classification.pii
    return Classification.phi


def guess_ownership(table: LiveTable) -> tuple[tuple[str, ...], str | None]:
    """The columns that name a member of staff in every row, and the one that names the client."""
    if table.qualified_name == _CLIENTS:
        return (), next(iter(table.primary_key), None)
    required = [column.name for column in table.columns if not column.is_nullable]
    owners = tuple(name for name in required if _refers(table, name, _PEOPLE) and name != "created_by")
    clients = [column.name for column in table.columns if _refers(table, column.name, _CLIENTS)]
    return owners, clients[0] if clients else None


def _refers(table: LiveTable, column: str, to: str) -> LiveForeignKey | None:
    return next((key for key in table.foreign_keys if key.columns == (column,) and key.table == to), None)


def _head(table: LiveTable, title: str, owner: str) -> list[str]:
    return [
        "apiVersion: v3.1.0",
        "kind: DataContract",
        f"id: {table.name}",
        f"name: {title}",
        "version: 1.0.0",
        "status: draft",
        "description:",
        f"  purpose: {scalar(table.comment or UNDESCRIBED)}",
        "team:",
        f"  name: {title}",
        "  members:",
        f"    - {{username: {owner}, role: owner, description: Answers for the data; gets the alerts.}}",
    ]


def _schema(table: LiveTable, title: str) -> Iterator[str]:
    yield f"- name: {table.name}"
    yield f"  physicalName: {table.qualified_name}"
    yield "  logicalType: object"
    yield "  physicalType: table"
    yield f"  businessName: {title}"
    yield f"  description: {scalar(table.comment or UNDESCRIBED)}"
    yield "  properties:"
    for column in table.columns:
        yield from _indent(_column(table, column), 4)
    yield "  customProperties:"
    yield from _indent(_ownership(table), 4)
    yield from _indent(_indexes(table), 4)


def _column(table: LiveTable, column: LiveColumn) -> Iterator[str]:
    type_ = _SHORT.get(column.type, column.type)
    yield f"- name: {column.name}"
    yield f"  logicalType: {_logical_type(type_)}"
    yield f"  physicalType: {type_}"
    if column.name in table.primary_key:
        yield "  primaryKey: true"
        if len(table.primary_key) > 1:
            yield f"  primaryKeyPosition: {table.primary_key.index(column.name) + 1}"
    elif not column.is_nullable:
        yield "  required: true"
    if _is_unique(table, column.name):
        yield "  unique: true"
    yield f"  classification: {guess_classification(table, column)}"
    yield f"  description: {scalar(column.comment or UNDESCRIBED)}"
    yield from _indent(_relationships(table, column.name), 2)
    yield from _indent(_properties(column), 2)


def _logical_type(type_: str) -> str:
    if type_.endswith("[]"):
        return "array"
    if type_ in _WHOLE:
        return "integer"
    return "number" if type_.startswith(_BROKEN) else _LOGICAL.get(type_, "string")


def _is_unique(table: LiveTable, column: str) -> bool:
    return any(
        index.is_unique and index.columns == (column,) and not index.where and index.constraint != "p"
        for index in table.indexes
    )


def _relationships(table: LiveTable, column: str) -> Iterator[str]:
    keys = [key for key in table.foreign_keys if key.columns == (column,)]
    if keys:
        yield "relationships:"
    for key in keys:
        schema, _, name = key.table.partition(".")
        properties = [("schema", schema)] if schema != "public" else []
        properties += [("onDelete", key.on_delete)] if key.on_delete != "no action" else []
        yield f"  - to: {name}.{key.table_columns[0]}"
        if properties:
            listed = ", ".join(f"{{property: {word}, value: {value}}}" for word, value in properties)
            yield f"    customProperties: [{listed}]"


def _properties(column: LiveColumn) -> Iterator[str]:
    pairs = [("generated", "true")] if column.is_generated else []
    if column.default is not None:
        pairs.append(("default", json.dumps(column.default, ensure_ascii=False)))
    if pairs:
        yield "customProperties:"
    for name, value in pairs:
        yield f"  - property: {name}"
        yield f"    value: {value}"


def _ownership(table: LiveTable) -> Iterator[str]:
    owners, client = guess_ownership(table)
    pairs = [f"owner: [{', '.join(owners)}]"] if owners else []
    pairs += [f"client: {client}"] if client else []
    yield "- property: ownership"
    yield f"  value: {{{', '.join(pairs)}}}"
    if table.column("deleted_at"):
        yield "- property: live"
        yield "  value: deleted_at is null"


def _indexes(table: LiveTable) -> Iterator[str]:
    indexes = [index for index in table.indexes if index.constraint != "p"]
    if indexes:
        yield "- property: indexes"
        yield "  value:"
    for index in indexes:
        yield from _indent(_index(index), 4)


def _index(index: LiveIndex) -> Iterator[str]:
    yield f"- name: {index.name}"
    yield f"  columns: [{', '.join(scalar(column, inside=True) for column in index.columns)}]"
    if index.method != "btree":
        yield f"  type: {index.method}"
    if index.is_unique:
        yield "  unique: true"
    if index.where:
        yield f"  where: {json.dumps(index.where, ensure_ascii=False)}"


def _foot(owner: str, date: str) -> list[str]:
    return [
        "support:",
        f"  - {{channel: {owner}, tool: other, scope: issues, description: Questions about the data.}}",
        "customProperties:",
        "  - property: history",
        "    value:",
        f"      - {{version: 1.0.0, date: '{date}', author: {owner}, changes: First version}}",
    ]


def _indent(lines: Iterator[str], by: int) -> Iterator[str]:
    return (" " * by + line for line in lines)


def scalar(text: str, *, inside: bool = False) -> str:
    """Text as a YAML scalar, quoted only if it must be; `inside` a list in brackets commas must be, too."""
    one_line = " ".join(text.split())
    plain = _PLAIN if inside else re.compile(_PLAIN.pattern.replace("'-]", "',;-]"))
    bare = plain.match(one_line) and one_line.lower() not in _TAKEN and one_line == one_line.strip()
    return one_line if bare else json.dumps(one_line, ensure_ascii=False)
