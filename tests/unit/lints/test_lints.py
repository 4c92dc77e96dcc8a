"""Findings of other linters are named by what the catalog says; new ones and needless exclusions show."""

from __future__ import annotations

import json

import pytest
from tests.lints.__main__ import compare
from tests.lints.rlsautotest import name_finding, parse

NO_POLICY = "RLS enabled but no policies — all access implicitly denied for every role"
CALLS = "Policy calls user-defined function(s): ['governance.a', 'governance.b', 'governance.a'] — opaque"
SAMPLE = json.dumps(
    [
        {"severity": "HIGH", "table": "shut", "policy": None, "message": NO_POLICY},
        {"severity": "HIGH", "table": "ajar", "policy": None, "message": NO_POLICY},
        {"severity": "HIGH", "table": "seen", "policy": "seen_select", "message": CALLS},
        {"severity": "CRITICAL", "table": "seen", "policy": "seen_select", "message": "USING (true)"},
    ]
)
CONFIRMED = {
    ("no_policy", "public.shut"),
    ("no_delete_policy", "public.ajar"),
    ("policy_calls", "governance.a"),
}
NAMES = [
    "no_policy:confirmed:public.shut",
    "no_policy:unconfirmed:public.ajar",
    "policy_calls:confirmed:governance.a:public.seen.seen_select",
    "policy_calls:unconfirmed:governance.b:public.seen.seen_select",
    "public.seen.seen_select: CRITICAL USING (true)",
]


def test_a_name_says_what_the_catalog_confirms() -> None:
    assert [name for found in parse(SAMPLE) for name in name_finding("public", found, CONFIRMED)] == NAMES


@pytest.mark.parametrize("text", ["", '{"findings": []}'])
def test_what_a_crash_or_another_version_leaves_is_not_no_findings(text: str) -> None:
    with pytest.raises(ValueError, match=r"Expecting value|valid list"):
        parse(text)


def test_what_is_excluded_must_be_confirmed_and_needed() -> None:
    needless = "no_delete_policy:confirmed:public."
    excluded = [
        {"lint": ["no_policy:confirmed:public.", needless], "reason": "closed"},
        {"lint": "policy_calls:confirmed:governance.a:", "reason": "tried as people"},
    ]
    assert compare(
        {"rlsautotest": NAMES}, {"rlsautotest": excluded, "advisors": [{"lint": "unused_index"}]}
    ) == {
        "found": {"rlsautotest": 5},
        "new": [f"rlsautotest: {NAMES[1]}", f"rlsautotest: {NAMES[3]}", f"rlsautotest: {NAMES[4]}"],
        "gone": [f"rlsautotest: {needless}"],
    }
