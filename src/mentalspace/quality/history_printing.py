"""The past of runs and checks for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence

from mentalspace import terminal
from mentalspace.quality.history import PastResult, PastRun

_NEVER = "It never ran here; `mentalspace quality run` does it now."
_STYLES = {"passed": "green", "failed": "red", "error": "yellow"}


def print_runs(runs: Sequence[PastRun], *, as_json: bool) -> None:
    """One line for each run."""
    if as_json:
        terminal.emit_json(runs)
    else:
        _print(
            "Runs",
            ("When", "Score", "Failed", "Could not run", "Seconds", "By"),
            [_run_line(run) for run in runs],
        )


def print_history(results: Sequence[PastResult], check: str, *, as_json: bool) -> None:
    """One line for each result of a check, and what changed since the one before."""
    if as_json:
        terminal.emit_json(results)
        return
    before = [*results[1:], None]
    lines = [_result_line(now, then) for now, then in zip(results, before, strict=True)]
    _print(check, ("When", "Outcome", "Wrong", "Change", "Rows", "How", "Milliseconds"), lines)


def _run_line(run: PastRun) -> tuple[str, ...]:
    score = "" if run.score is None else f"{run.score:.2f} %"
    seconds = "" if run.duration_ms is None else f"{run.duration_ms / 1000:.1f}"
    return _when(run.check_date), score, str(run.failed), str(run.errors), seconds, run.triggered_by


def _result_line(now: PastResult, then: PastResult | None) -> tuple[str, ...]:
    wrong = now.error_code or str(now.failures)
    change = ""
    if then and now.failures is not None and then.failures is not None:
        change = f"{now.failures - then.failures:+d}" if now.failures != then.failures else ""
    rows = "" if now.row_count is None else f"{now.row_count:,}"
    outcome = f"[{_STYLES[now.outcome]}]{now.outcome}[/]"
    return _when(now.checked_at), outcome, wrong, change, rows, now.method, f"{now.duration_ms:.1f}"


def _when(moment: object) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}"


def _print(title: str, names: Sequence[str], lines: Sequence[tuple[str, ...]]) -> None:
    from rich.table import Table

    if not lines:
        terminal.show(_NEVER)
        return
    table = Table(title=title, title_justify="left")
    for name in names:
        table.add_column(name)
    for line in lines:
        table.add_row(*line)
    terminal.show(table)
