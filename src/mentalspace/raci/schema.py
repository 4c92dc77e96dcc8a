"""The JSON Schema of a RACI document, for editors; made from the model. Never connects.

It knows keys, roles, duties, scopes and forms. What depends on other documents or on other keys (one
Accountable, columns that exist) only `mentalspace raci check` can say.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mentalspace.raci.matrix import Module

FILE = Path("docs/raci/raci.schema.json")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def render_schema() -> str:
    """The schema as it must stand in `docs/raci/raci.schema.json`."""
    schema = _tidy(Module.model_json_schema(mode="validation"))
    described = {"$schema": _DIALECT, "title": "RACI document of a module", **schema}
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def write_schema(workspace: Path) -> bool:
    """Write the schema if the file is not current. Returns whether it was not."""
    path, text = workspace / FILE, render_schema()
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def _tidy(schema: Any) -> Any:
    """No titles made from names (a property called `title` is a mapping and stays); no key but snake_case."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {"additionalProperties": False} if "patternProperties" in schema else {}
    kept = {key: value for key, value in schema.items() if key != "title" or isinstance(value, dict)}
    return {key: _tidy(value) for key, value in (closed | kept).items()}
