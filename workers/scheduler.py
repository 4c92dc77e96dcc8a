"""The scheduled jobs as a process: what a container or a service manager starts."""

from __future__ import annotations

import sys
from pathlib import Path

# Python puts a script's folder first: this one's realtime.py would hide the package `realtime`.
sys.path[:] = [path for path in sys.path if Path(path).resolve() != Path(__file__).resolve().parent]

from mentalspace.worker.commands import app  # noqa: E402  (after the path is right)

if __name__ == "__main__":
    app(["--only", "schedules", *sys.argv[1:]])
