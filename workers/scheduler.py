"""The scheduled jobs as a process: what a container or a service manager starts."""

from __future__ import annotations

import sys

from mentalspace.worker.commands import app

if __name__ == "__main__":
    app(["--only", "schedules", *sys.argv[1:]])
