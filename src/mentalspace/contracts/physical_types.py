"""The Postgres types that a contract may name. Never connects."""

from __future__ import annotations

import re
from difflib import get_close_matches

# Spelt as format_type() spells them, so that a contract can be compared with the catalog word by word.
BUILT_IN = frozenset(
    {
        "bigint",
        "boolean",
        "bytea",
        "cidr",
        "date",
        "daterange",
        "double precision",
        "inet",
        "int4range",
        "int8range",
        "integer",
        "interval",
        "json",
        "jsonb",
        "numeric",
        "numrange",
        "real",
        "smallint",
        "text",
        "time without time zone",
        "timestamp with time zone",
        "timestamp without time zone",
        "time with time zone",
        "tsrange",
        "tstzrange",
        "tsvector",
        "uuid",
    }
)
# What people write, and what Postgres calls it.
SYNONYMS = {
    "bool": "boolean",
    "decimal": "numeric",
    "float8": "double precision",
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "varchar": "character varying",
    "char": "character",
}
_SIZED = re.compile(r"^(numeric|decimal|varchar|character varying|char|character)(\(\d+(, ?\d+)?\))?$")
_OWN = re.compile(r"^[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*$")


def check_type(name: str) -> str:
    """Return the type as it was written; raise `ValueError` with the nearest one if Postgres has none such.

    A schema-qualified name (`public.app_role`) is a type of the workspace's own and is taken at its word.
    """
    base = name.removesuffix("[]").strip()
    if base in BUILT_IN or base in SYNONYMS or _SIZED.match(base) or _OWN.match(base):
        return name
    known = sorted(BUILT_IN | SYNONYMS.keys())
    near = get_close_matches(base.lower(), known, n=1) or ["text"]
    raise ValueError(
        f"unknown type {name!r}; write {near[0]} or another type of Postgres, "
        "in lower case, or <schema>.<type> for one of your own"
    )


def canonical_type(name: str) -> str:
    """The type as Postgres' `format_type` writes it."""
    array = name.endswith("[]")
    base, bracket, size = name.removesuffix("[]").partition("(")
    base = SYNONYMS.get(base.strip(), base.strip())
    size = size.replace(" ", "")
    return f"{base}{bracket}{size}{'[]' if array else ''}"
