"""`--help` is there in a blink: what a command works with is imported when it runs.

Modules are counted, not milliseconds: a clock on a busy machine says nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from mentalspace.cli import GROUPS

# What takes long to load. typer reads options by pydantic itself; models of our own are another matter.
HEAVY = {
    "aiohttp",
    "apprise",
    "apscheduler",
    "asyncio",
    "granian",
    "httpx",
    "jsonschema_rs",
    "markdown_it",
    "open_data_contract_standard",
    "prometheus_client",
    "psycopg",
    "pydantic_settings",
    "pygments",
    "rich",
    "sqlglot",
    "starlette",
    "structlog",
    "supabase",
    "tenacity",
    "websockets",
    "yaml",
    "mentalspace.settings",
    "mentalspace.wiring",
}
# Each group's help in a process forked from one that has imported nothing but the CLI.
HELP = """
import json, os, sys
from mentalspace.cli import GROUPS, app
given = set(sys.argv[1:])
loaded = {}
for name in ("", *GROUPS):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            app([name, "--help"] if name else ["--help"])
        except SystemExit as end:
            code = end.code
        os.write(writing, json.dumps([code, sorted(given & set(sys.modules))]).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        loaded[name] = json.load(answer)
    os.wait()
print(json.dumps(loaded))
"""


def run_python(*arguments: str) -> str:
    """What a Python that has imported nothing yet prints."""
    sources = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-c", *arguments],
        env={**os.environ, "PYTHONPATH": sources},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_help_of_every_group_imports_nothing_heavy() -> None:
    loaded = json.loads(run_python(HELP, *HEAVY))

    assert set(loaded) == {"", *GROUPS}
    assert loaded == {name: [0, []] for name in loaded}


def test_what_is_heavy_would_be_noticed() -> None:
    """The list of modules is of names that commands really import."""
    code = "import sys, mentalspace.quality.runner, mentalspace.findings.printing, rich.console"
    check = f"{code}; print(*{HEAVY!r} & set(sys.modules))"

    assert {"psycopg", "rich"} <= set(run_python(check).split())
