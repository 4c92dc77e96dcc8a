"""The options that many commands share, so that they are spelt and explained once."""

from __future__ import annotations

from typing import Annotated

import typer

DatabaseUrl = Annotated[
    str | None, typer.Option("--database-url", help="Postgres to connect to; else MENTALSPACE_DATABASE_URL.")
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
