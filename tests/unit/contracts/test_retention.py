"""The vocabulary of a contract's `retention` property."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from mentalspace.contracts.retention import DeletionMethod, RetentionProperty

CLIENTS: dict[str, Any] = {
    "data_type": "client_records",
    "months": 84,
    "method": "soft_delete",
    "basis": {
        "columns": ["discharge_date", "deceased_date"],
        "ended": {"column": "status", "values": ["Discharged", "Deceased"]},
    },
    "minor": {"birth_column": "date_of_birth", "until_age": 25},
    "waits_for": ["*"],
    "reason": "seven years after discharge",
}


def test_a_whole_property_is_read() -> None:
    rule = RetentionProperty.model_validate(CLIENTS)
    assert rule.method is DeletionMethod.soft_delete
    assert rule.basis.columns == ("discharge_date", "deceased_date")
    assert rule.minor
    assert rule.minor.under_age == 18


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"months": 0}, "greater than 0"),
        ({"method": "shred"}, "soft_delete"),
        ({"basis": {"columns": []}}, "at least 1 item"),
        ({"basis": {"columns": ["a"], "through": "client_id"}}, "write both"),
        ({"basis": {"columns": ["Bad Name"]}}, "match pattern"),
        ({"waits_for": ["*", "charge_entries"]}, "alone"),
        ({"surprise": 1}, "not permitted"),
        ({"reason": "  "}, "at least 1 character"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        RetentionProperty.model_validate(CLIENTS | change)
