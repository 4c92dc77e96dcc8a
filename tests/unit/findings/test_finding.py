"""Findings: stable keys, exclusion, exit codes, printers."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from pydantic import ValidationError

from mentalspace.findings import Finding, Level, exclude_findings, exit_code
from mentalspace.findings.printing import Format, print_findings, render_junit


def finding(key: str = "quality:public.appointments:double_booking", level: Level = Level.error) -> Finding:
    return Finding(
        check="quality",
        title="Double booking",
        level=level,
        subject="appointments",
        detail="2 rows",
        remediation="move one of them",
        key=key,
        owner="Scheduling Manager",
    )


def test_key_must_be_stable() -> None:
    with pytest.raises(ValidationError):
        finding(key="two words")


def test_worst_first_and_excluded_left_out() -> None:
    findings = [finding("a:x.y", Level.info), finding("b:x.y"), finding("c:x.y", Level.warning)]
    kept = exclude_findings(findings, {"c:x.y"})
    assert [item.key for item in kept] == ["b:x.y", "a:x.y"]


@pytest.mark.parametrize(("level", "code"), [(Level.error, 1), (Level.warning, 1), (Level.info, 0)])
def test_exit_code(level: Level, code: int) -> None:
    assert exit_code([finding(level=level)]) == code
    assert exit_code([]) == 0


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_findings([finding()], Format.json)
    assert json.loads(capsys.readouterr().out)[0]["key"] == finding().key


def test_junit_counts_failures() -> None:
    suite = ElementTree.fromstring(render_junit([finding(), finding("i:x.y", Level.info)], "Quality"))  # noqa: S314  (our own)
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")


def test_text_names_what_where_and_whose(capsys: pytest.CaptureFixture[str]) -> None:
    print_findings([finding()], Format.text)
    out = capsys.readouterr().out
    assert "Double booking" in out
    assert "Scheduling" in out
