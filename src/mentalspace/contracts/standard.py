"""Whether a document is an ODCS v3.1 data contract, by the standard's own JSON Schema. Never connects."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mentalspace.documents import Document, Location
from mentalspace.errors import Problem

if TYPE_CHECKING:
    from jsonschema import Draft201909Validator
    from jsonschema.exceptions import ValidationError

API_VERSION = "v3.1.0"
# They repeat, in general words, what a more particular error of the same place says.
_ECHOES = frozenset({"unevaluatedProperties", "oneOf", "anyOf"})


def find_violations(document: Document) -> list[Problem]:
    """Everything the standard forbids in the document, with its line; empty if it conforms."""
    errors = list(_validator().iter_errors(document.data))
    particular = [tuple(error.absolute_path) for error in errors if error.validator not in _ECHOES]
    return [
        document.problem(_explain(error), *error.absolute_path)
        for error in errors
        if error.validator not in _ECHOES or not _is_covered(tuple(error.absolute_path), particular)
    ]


def _is_covered(path: Location, particular: list[Location]) -> bool:
    return any(other[: len(path)] == path for other in particular)


def _explain(error: ValidationError) -> str:
    where = ".".join(str(part) for part in error.absolute_path)
    return f"{where}: {_say(error)}" if where else _say(error)


def _say(error: ValidationError) -> str:
    names = ", ".join(re.findall(r"'([^']+)'", error.message))
    match error.validator:
        case "required":
            return f"write {names} (ODCS requires it)"
        case "additionalProperties" | "unevaluatedProperties":
            return f"ODCS has no {names} here; put what is your own under customProperties"
        case "enum":
            return f"write one of {error.message.rpartition(' is not one of ')[2]}"
        case "oneOf" if "quality" in error.absolute_path:
            return "write exactly one comparison, such as mustBe: 0"
        case "type":
            return f"write a value of type {error.validator_value}"
        case "pattern":
            return f"write what matches {error.validator_value}"
        case _:
            return f"not as ODCS wants it ({error.validator})"


@cache
def _validator() -> Draft201909Validator:
    from jsonschema import Draft201909Validator

    # Found without importing the library: its models are not needed and take time to load.
    spec = find_spec("open_data_contract_standard")
    assert spec is not None  # noqa: S101  (a dependency)
    folder = Path(spec.origin or "").parent
    return Draft201909Validator(json.loads((folder / "schema.json").read_text(encoding="utf-8")))
