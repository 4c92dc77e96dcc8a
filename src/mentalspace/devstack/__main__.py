"""`python -m mentalspace.devstack WORKSPACE PORT`: a stack in the foreground, until it is told to stop."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from mentalspace.devstack.foreground import serve
from mentalspace.devstack.ports import Ports
from mentalspace.devstack.stack import Stack
from mentalspace.errors import MentalspaceError

if __name__ == "__main__":
    try:
        asyncio.run(serve(Stack(Path(sys.argv[1]), Ports(int(sys.argv[2])))))
    except MentalspaceError as error:
        sys.exit(str(error))
