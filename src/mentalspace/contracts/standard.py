"""Whether a document is an ODCS v3.1 data contract, by the standard's own JSON Schema. Never connects."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from jsonschema_rs import Draft201909Validator, ValidationError
from jsonschema_rs import ValidationErrorKind as Kind

from mentalspace.documents import Document, Location
from mentalspace.errors import Problem

# These repeat, in general words, what a more particular error of the same place or below says.
_ECHOES = (Kind.UnevaluatedProperties, Kind.OneOfNotValid, Kind.OneOfMultipleValid, Kind.AnyOf)


def find_violations(document: Document) -> list[Problem]:
    """Everything the standard forbids in the document, with its line; empty if it conforms."""
    errors = list(_validator().iter_errors(document.data))
    particular = [tuple(error.instance_path) for error in errors if not isinstance(error.kind, _ECHOES)]
    return [
        document.problem(_explain(error), *error.instance_path)
        for error in errors
        if not isinstance(error.kind, _ECHOES) or not _is_covered(tuple(error.instance_path), particular)
    ]


@cache
def _validator() -> Draft201909Validator:
    # Found without importing the library: its models are not needed and take time to load.
    spec = find_spec("open_data_contract_standard")
    assert spec is not None  # noqa: S101  (a dependency)
    schema = Path(spec.origin or "").parent / "schema.json"
    return Draft201909Validator(json.loads(schema.read_text(encoding="utf-8")))


def _is_covered(path: Location, particular: list[Location]) -> bool:
    return any(other[: len(path)] == path for other in particular)


def _explain(error: ValidationError) -> str:
    where = ".".join(str(part) for part in error.instance_path)
    return f"{where}: {_say(error)}" if where else _say(error)


def _say(error: ValidationError) -> str:
    match error.kind:
        case Kind.Required("map"):
            # The schema takes a column without logicalType for a map.
            return "write logicalType, such as string, timestamp, date, number or boolean"
        case Kind.Required(name):
            return f"write {name} (ODCS requires it)"
        case Kind.AdditionalProperties(names) | Kind.UnevaluatedProperties(names):
            return f"ODCS has no {', '.join(names)} here; put what is your own under customProperties"
        case Kind.Enum(options):
            return f"write one of {', '.join(str(option) for option in options)}"
        case Kind.Pattern(pattern):
            return f"write what matches {pattern}"
        case Kind.OneOfNotValid() | Kind.OneOfMultipleValid() if "quality" in error.instance_path:
            return "write exactly one comparison, such as mustBe: 0"
        case kind:
            return f"not as ODCS wants it ({kind.name})"
