"""Simulates a content that waits for its yeses, in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from flowengine.registry import Registry
from flowengine.simulate.process import Simulator
from flowengine.simulate.result import Result


class Simulating:
    """Simulates for one installation, one content at a time."""

    def __init__(self, registry: Registry, environment: Mapping[str, str], recordings: Path | None) -> None:
        """`recordings` is where it is kept what flows were told; None: nothing is."""
        self._simulator = Simulator(registry, environment)
        self._recordings = recordings
        self.stop = self._simulator.stop

    def __call__(self, old: Mapping[str, str], new: Mapping[str, str], hours: float) -> Any:
        """Return what both contents would have written in the last hours, as `shapes.SimulationResult` has it."""
        if self._recordings is None:
            return msgspec.to_builtins(Result(state="nothing-recorded"))
        return msgspec.to_builtins(self._simulator.contents(old, new, self._recordings, hours))
