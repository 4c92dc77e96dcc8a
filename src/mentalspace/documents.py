"""YAML documents that remember on which line everything stands. Never connects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from mentalspace.errors import DocumentError, InputError, Problem

Location = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)
# libyaml reads eight times as fast; a PyYAML built without it still works.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Document:
    """A parsed YAML document: its data, and the line of every key and item (1-based)."""

    path: Path
    text: str
    data: Any
    lines: Mapping[Location, int]

    def line(self, *location: str | int) -> int:
        """The line of `location`, or of its nearest ancestor that the text has."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)

    def problem(self, message: str, *location: str | int) -> Problem:
        return Problem(self.path, self.line(*location), message)


def read_document(path: Path) -> Document:
    """Read and parse one YAML file. Raises `DocumentError` with path:line, `InputError` if unreadable."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error.__class__.__name__}); check the path") from error
    return parse_document(text, path)


def parse_document(text: str, path: Path) -> Document:
    """Parse YAML text; a duplicate key or a syntax error is a `DocumentError` naming its line."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        node = loader.get_single_node()
        lines: dict[Location, int] = {(): 1}
        problems: list[Problem] = []
        _walk(node, (), lines, problems, path)
        if problems:
            raise DocumentError(problems)
        data = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise DocumentError([Problem(path, line, f"not YAML: {error.problem}")]) from error
    except yaml.YAMLError as error:
        raise DocumentError(
            [Problem(path, 1, "not YAML: unreadable characters; save it as UTF-8")]
        ) from error
    finally:
        loader.dispose()
    return Document(path, text, data, lines)


def validate_document(document: Document, model: type[Model]) -> Model:
    """Turn a document into `model`; every violation becomes a `Problem` with its line."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise DocumentError(
            [
                document.problem(_explain(tuple(item["loc"]), item["msg"]), *item["loc"])
                for item in error.errors(include_url=False, include_context=False, include_input=False)
            ]
        ) from error


def _explain(location: Location, message: str) -> str:
    where = ".".join(str(part) for part in location)
    return f"{where}: {message}" if where else message


def _walk(
    node: yaml.Node | None,
    location: Location,
    lines: dict[Location, int],
    problems: list[Problem],
    path: Path,
) -> None:
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            here = (*location, str(key_node.value))
            if here in lines:
                line = key_node.start_mark.line + 1
                problems.append(Problem(path, line, f"{key_node.value}: written twice; keep one"))
            lines[here] = key_node.start_mark.line + 1
            _walk(value_node, here, lines, problems, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*location, index)] = item.start_mark.line + 1
            _walk(item, (*location, index), lines, problems, path)
