"""What the MQTT tests share: one open broker for all that do not need one of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.plants.mosquitto import Mosquitto


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A broker that everybody may use; topics and client ids must be a test's own."""
    with Mosquitto(tmp_path_factory.mktemp("mosquitto"), "max_queued_messages 20000") as broker:
        yield broker


@pytest.fixture
def own_mosquitto(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """Makes brokers with further lines of configuration, for a test that stops them or limits them."""
    made: list[Mosquitto] = []

    def make(*lines: str, **options: tuple[Path, Path]) -> Mosquitto:
        folder = tmp_path / f"broker-{len(made)}"
        folder.mkdir()
        made.append(Mosquitto(folder, *lines, **options))
        made[-1].start()
        return made[-1]

    yield make
    for broker in made:
        broker.stop()
