"""Both systems, each real; tests run with a database in a state that they make themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plants.mosquitto import LOOPBACK
from tests.plants.postgresql import PASSWORD, PostgreSql, missing


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    """A server; where none is installed its tests are skipped, and say so."""
    if why := missing():
        pytest.skip(why)
    with PostgreSql() as server:
        yield server


def options_of(server: PostgreSql) -> dict[str, Any]:
    return {
        "system": "postgresql",
        "host": LOOPBACK,
        "port": server.port,
        "database": "postgres",
        "username": "flowengine",
        "password": PASSWORD,
        "tls": "off",
    }


@pytest.fixture(params=["sqlite", "postgresql"])
def options(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """The options of a connection to an empty database."""
    if request.param == "sqlite":
        return {"file": str(tmp_path / "plant.sqlite")}
    server: PostgreSql = request.getfixturevalue("postgresql")
    return options_of(server)
