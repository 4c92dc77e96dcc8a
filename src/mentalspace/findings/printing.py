"""The one printer of findings: text for people, JSON and JUnit XML for programs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from xml.etree import ElementTree

from mentalspace import terminal
from mentalspace.findings.finding import Finding, Level

STYLES = {Level.error: "bold red", Level.warning: "yellow", Level.info: "cyan"}


class Format(StrEnum):
    """How a command answers."""

    text = "text"
    json = "json"
    junit = "junit"


def print_findings(findings: Sequence[Finding], format: Format, title: str = "Findings") -> None:
    """Print findings on stdout."""
    if format is Format.json:
        terminal.emit_json(findings)
    elif format is Format.junit:
        sys.stdout.write(render_junit(findings, title) + "\n")
    else:
        _print_text(findings, title)


def render_junit(findings: Sequence[Finding], title: str) -> str:
    """JUnit XML: one test case per finding, failed unless it is `info`. Deterministic."""
    failures = sum(finding.level is not Level.info for finding in findings)
    suite = ElementTree.Element(
        "testsuite", name=title, tests=str(len(findings)), failures=str(failures), errors="0"
    )
    for finding in findings:
        case = ElementTree.SubElement(suite, "testcase", classname=finding.check, name=finding.key)
        if finding.level is not Level.info:
            failure = ElementTree.SubElement(case, "failure", type=finding.level, message=finding.title)
            failure.text = f"{finding.detail}\n{finding.remediation}"
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def _print_text(findings: Sequence[Finding], title: str) -> None:
    from rich.markup import escape
    from rich.table import Table

    if not findings:
        terminal.show(f"[green]✓[/] {escape(title)}: nothing found")
        return
    table = Table(title=f"{title}: {len(findings)}", title_justify="left", show_lines=False, expand=False)
    for column in ("", "Where", "What", "Owner", "Do"):
        table.add_column(column, overflow="fold")
    for finding in findings:
        table.add_row(
            f"[{STYLES[finding.level]}]{finding.level}[/]",
            escape(finding.subject),
            f"{escape(finding.title)}\n[dim]{escape(finding.detail)}[/]",
            escape(finding.owner),
            escape(finding.remediation),
        )
    terminal.show(table)
