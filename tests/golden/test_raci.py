"""What a matrix compiles to, as text that people have read.

After a change that is meant: `MENTALSPACE_WRITE_GOLDEN=1 pytest tests/golden`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mentalspace.documents import read_document
from mentalspace.raci.generated import render_migrations
from mentalspace.raci.parse import parse_documents
from mentalspace.raci.render_markdown import render_markdown

FOLDER = Path(__file__).parent / "raci"


def render() -> dict[str, str]:
    matrix = parse_documents([read_document(FOLDER / "billing.yaml")], {})
    migrations = {f"{name}.sql": text for name, text in render_migrations(matrix).items()}
    return migrations | {"BILLING_RACI.md": render_markdown(matrix.modules["billing"])}


@pytest.mark.parametrize("name", sorted(render()))
def test_rendered_text_is_the_one_that_was_read(name: str) -> None:
    text, path = render()[name], FOLDER / name
    # The folder of a test run differs; the document's name does not.
    text = text.replace(FOLDER.as_posix(), "docs/raci")
    if os.environ.get("MENTALSPACE_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {"billing.yaml", *render()}
