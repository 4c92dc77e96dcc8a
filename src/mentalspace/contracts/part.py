"""What all parts of a contract share. Never connects."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

Name = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*$", max_length=63)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Item = TypeVar("Item")


def _refuse_empty(items: tuple[Item, ...]) -> tuple[Item, ...]:
    if not items:
        raise ValueError("write at least one")
    return items


# Not `min_length`: that complains of an empty tuple beside the item that is the real problem.
Some = Annotated[tuple[Item, ...], AfterValidator(_refuse_empty)]


class Part(BaseModel):
    """A piece of an ODCS document, read under the standard's camelCase names.

    Fields of the standard that we do not use are passed over; `standard.py` has refused unknown ones.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
    )


class OwnPart(BaseModel):
    """A piece of our own vocabulary, in snake_case: every key must be known."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)
