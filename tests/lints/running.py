"""Commands of the linters."""

from __future__ import annotations

import asyncio


async def run(*arguments: str) -> str:
    """What the command prints; a finding is no failure of it."""
    process = await asyncio.create_subprocess_exec(
        *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    if process.returncode not in (0, 1):
        raise RuntimeError(errors.decode())
    return output.decode()
