"""The engine of an installation: all flows in this process, or spread over others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flowengine.clock import Clock
from flowengine.registry import Registry
from flowengine.runtime.engine import Engine
from flowengine.runtime.flows import Flows
from flowengine.service.places import checkpoints_folder, dead_letters_file, recordings_to_keep
from flowengine.store.dead_letters import DeadLetters
from flowengine.workers.fleet import Fleet
from flowengine.workers.settings import Workers


def engine_for(
    path: Path,
    state: Path | None,
    registry: Registry,
    workers: Workers | None,
    dead_letters: DeadLetters,
    environment: Mapping[str, str],
    clock: Clock | None,
) -> Flows:
    """Make the engine of a folder of flows; nothing starts yet. `workers` None: all run in this process.

    Raises:
        FlowEngineError: what is set for its recordings is no number of hours.
    """
    checkpoints, recordings = checkpoints_folder(path, state), recordings_to_keep(path, state)
    if workers is None:
        return Engine(clock, dead_letters, environment, checkpoints=checkpoints, recordings=recordings)
    letters = dead_letters_file(path, state)
    return Fleet(registry, workers, dead_letters, letters, environment, checkpoints, clock, recordings)
