"""`python -m mentalspace.worker.probe [PATH]`: ask the worker of this container; for a health check.

Imports nothing but the standard library: it runs every few seconds.
"""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection, HTTPException

_PATIENCE_SECONDS = 4
_OK = 200


def probe(address: str, path: str) -> int:
    """0 if the path answers 200, else 1."""
    connection = HTTPConnection("127.0.0.1", int(address.rpartition(":")[2]), timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        return int(connection.getresponse().status != _OK)
    except (OSError, HTTPException):
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(probe(os.environ.get("MENTALSPACE_WORKER_ADDRESS", ":8080"), (*sys.argv[1:], "/health/live")[0]))
