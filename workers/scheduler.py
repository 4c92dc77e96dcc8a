"""The scheduled jobs as a process: what a container or a service manager starts."""

from __future__ import annotations

from mentalspace.jobs.worker_command import app

if __name__ == "__main__":
    app()
