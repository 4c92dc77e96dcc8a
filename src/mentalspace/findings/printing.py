"""The one printer of findings: text for people, JSON and JUnit XML for programs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from mentalspace import terminal
from mentalspace.findings.finding import Finding, Level

if TYPE_CHECKING:
    from rich.table import Table

MARKS = {Level.error: "[bold red]✗[/]", Level.warning: "[yellow]![/]", Level.info: "[cyan]i[/]"}


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

    if not findings:
        terminal.show(f"[green]✓[/] {escape(title)}: nothing found")
        return
    terminal.show(f"[bold]{escape(title)}: {len(findings)}[/]", render_findings(findings))


def render_findings(findings: Sequence[Finding]) -> Table:
    """A table that stays readable at 80 columns: what and where, then how it shows, then what to do."""
    from rich.markup import escape
    from rich.table import Table

    table = Table.grid(padding=(0, 1))
    table.add_column(width=1)
    table.add_column(overflow="fold")
    for finding in findings:
        owner = f" [dim]· {escape(finding.owner)}[/]" if finding.owner else ""
        lines = (
            f"[bold]{escape(finding.title)}[/] [dim]in[/] {escape(finding.subject)}{owner}",
            f"[dim]{escape(finding.detail)}[/]",
            f"[dim]→[/] {escape(finding.remediation)}",
        )
        table.add_row(MARKS[finding.level], "\n".join(lines))
    return table
