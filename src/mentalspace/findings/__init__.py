"""The one result noun: every check of every capability answers in findings."""

from mentalspace.findings.finding import Finding, Level, exclude_findings, exit_code

__all__ = ["Finding", "Level", "exclude_findings", "exit_code"]
