"""What tests of Node-RED's flows share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flowengine.registry import Registry
from tests.nodered.comparing import Bench
from tests.plants.mosquitto import Mosquitto


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry.discover()


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    """One process for all: each test loads a flow of its own, and none can tell."""
    with Bench() as running:
        yield running


@pytest.fixture
def broker_port(tmp_path: Path) -> Iterator[int]:
    with Mosquitto(tmp_path) as broker:
        yield broker.port
