"""Where output goes: data on stdout, talk on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


def stdout() -> Console:
    """A console for what a command was asked for; plain when piped."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def stderr() -> Console:
    """A console for what is said about the work."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def say(message: str) -> None:
    """One line of talk on stderr."""
    stderr().print(message, markup=False)


def show(*renderables: RenderableType) -> None:
    """Print data for people on stdout."""
    console = stdout()
    for renderable in renderables:
        console.print(renderable)


def emit_json(data: Any) -> None:
    """Print data for programs on stdout: one JSON value, UTF-8, two-space indent."""
    sys.stdout.write(json.dumps(_plain(data), indent=2, ensure_ascii=False, default=str) + "\n")


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Any]:
    """A progress bar on stderr; yields a function to call once per finished step with its name."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=stderr(), transient=True) as bar:
        task = bar.add_task(title, total=total)

        def advance(step: str = "", steps: float = 1) -> None:
            bar.update(task, advance=steps, description=f"{title} {step}".rstrip())

        yield advance


def _plain(data: Any) -> Any:
    from pydantic import BaseModel

    if isinstance(data, BaseModel):
        return data.model_dump(mode="json")
    if isinstance(data, dict):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, Iterable) and not isinstance(data, str | bytes):
        return [_plain(item) for item in data]
    return data
