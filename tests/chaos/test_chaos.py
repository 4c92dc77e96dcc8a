"""Trouble in little: the whole run is `python -m tests.chaos`."""

from __future__ import annotations

import pytest
from tests.chaos.run import Plan, run_chaos


@pytest.mark.timeout(300)
async def test_every_change_has_its_effects_once() -> None:
    report = await run_chaos(Plan(seed=7, changes=2_000, workers=3, seconds=6))
    assert report["faults"] == {}
    assert sum(report["trouble"].values()) > 5
