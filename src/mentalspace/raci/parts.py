"""What the parts of a RACI document are made of: keys, texts, durations, values, lists of columns."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from mentalspace.raci.durations import PATTERN as DURATION_PATTERN
from mentalspace.raci.durations import parse_duration

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,62}$")]
Text = Annotated[str, Field(min_length=1)]
Duration = Annotated[
    str, AfterValidator(parse_duration), WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN})
]
Value = str | bool | None


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else (value,)


_ValueOrList = Value | Annotated[list[Value], Field(min_length=1)]
_KeyOrList = Key | Annotated[list[Key], Field(min_length=1)]
Values = Annotated[
    tuple[Value, ...], Field(min_length=1), BeforeValidator(_as_tuple, json_schema_input_type=_ValueOrList)
]
Columns = Annotated[
    tuple[Key, ...], Field(min_length=1), BeforeValidator(_as_tuple, json_schema_input_type=_KeyOrList)
]


class Part(BaseModel):
    """A part of a document: keys that it does not know are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
