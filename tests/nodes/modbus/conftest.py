"""Devices that are connected to a misbehaving slave."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from flowengine.testing import RecordingHost
from flowengine_nodes.modbus.device import Device
from tests.plants.modbus_slave import Slave, slave_on_tcp
from tests.steady import running

Plant = Callable[..., contextlib.AbstractAsyncContextManager[tuple[Slave, Device, RecordingHost]]]


@contextlib.asynccontextmanager
async def _plant(units: int = 1, **options: Any) -> AsyncIterator[tuple[Slave, Device, RecordingHost]]:
    framing = "rtu" if options.get("transport") == "rtu-over-tcp" else "mbap"
    async with slave_on_tcp(units, framing) as slave:  # type: ignore[arg-type]
        device = Device(host="127.0.0.1", port=slave.port, **{"timeout": 0.3, **options})
        async with running(device) as host:
            yield slave, device, host


@pytest.fixture
def plant() -> Plant:
    """Start a slave and a device that talks to it, in real time."""
    return _plant
