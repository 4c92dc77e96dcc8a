"""Types are Postgres' own, or the workspace's with their schema."""

from __future__ import annotations

import pytest

from mentalspace.contracts.physical_types import canonical_type, check_type


@pytest.mark.parametrize(
    "name", ["uuid", "text[]", "numeric(10, 2)", "timestamptz", "public.app_role", "varchar(9)"]
)
def test_known_types_pass(name: str) -> None:
    assert check_type(name) == name


@pytest.mark.parametrize(
    ("name", "near"), [("timestmptz", "timestamptz"), ("UUID", "uuid"), ("strin", "text")]
)
def test_unknown_types_are_refused_with_the_nearest(name: str, near: str) -> None:
    with pytest.raises(ValueError, match=f"unknown type '{name}'; write {near}"):
        check_type(name)


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("timestamptz", "timestamp with time zone"),
        ("int[]", "integer[]"),
        ("numeric(10, 2)", "numeric(10,2)"),
        ("varchar(9)", "character varying(9)"),
        ("public.app_role", "public.app_role"),
    ],
)
def test_types_are_spelt_as_postgres_does(name: str, canonical: str) -> None:
    assert canonical_type(name) == canonical
