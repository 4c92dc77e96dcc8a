"""Alerts: told to a position, climbing until acknowledged, resolved when what was wrong is right."""

from mentalspace.alerts.alert import Alert, Kind, Ladder, Severity

__all__ = ["Alert", "Kind", "Ladder", "Severity"]
