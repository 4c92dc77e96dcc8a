"""YAML documents keep their lines, and say where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from mentalspace.documents import parse_document, read_document, validate_document
from mentalspace.errors import DocumentError, InputError

PATH = Path("some.yaml")
TEXT = "name: one\nitems:\n  - size: 1\n  - size: two\n"


class Item(BaseModel):
    size: int


class Box(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    items: list[Item]


def test_line_of_every_key_and_item() -> None:
    document = parse_document(TEXT, PATH)
    assert document.line("items", 1) == 4
    assert document.line("items", 1, "size") == 4
    assert document.line("items", 1, "absent", "deeper") == 4
    assert document.line("absent") == 1


def test_violation_names_path_and_line_and_no_value() -> None:
    with pytest.raises(DocumentError) as caught:
        validate_document(parse_document(TEXT, PATH), Box)
    assert str(caught.value).startswith("some.yaml:4: items.1.size: ")
    assert "two" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_every_violation_is_reported_in_order() -> None:
    with pytest.raises(DocumentError) as caught:
        validate_document(parse_document("items:\n  - size: x\nmore: 1\n", PATH), Box)
    assert [problem.line for problem in caught.value.problems] == [1, 2, 3]


def test_duplicate_key_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"some.yaml:2: a: written twice"):
        parse_document("a: 1\na: 2\n", PATH)


def test_syntax_error_names_its_line() -> None:
    with pytest.raises(DocumentError, match=r"some.yaml:2: not YAML"):
        parse_document("a: 1\nb: ]\n", PATH)


@pytest.mark.parametrize("text", ["", "# only a comment\n"])
def test_empty_document_has_no_data(text: str) -> None:
    assert parse_document(text, PATH).data is None


def test_unreadable_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="check the path"):
        read_document(tmp_path / "absent.yaml")
