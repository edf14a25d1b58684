"""Nodes that people add to Node-RED, and the nodes here that stand for them.

`stand` says how; each module knows one family. What there is none for is a placeholder, with what is nearest to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from flowengine.nodered.entries import Entry
from flowengine.nodered.palette import databases, stores
from flowengine.nodered.palette.dashboard import LAYOUT as DASHBOARD_LAYOUT
from flowengine.nodered.palette.dashboard import STANDS as DASHBOARD
from flowengine.nodered.palette.modbus import STANDS as MODBUS
from flowengine.nodered.palette.plant import STANDS as PLANT
from flowengine.nodered.palette.stand import Made, Stand

STANDS: Final[Mapping[str, Callable[[Entry], Stand]]] = {
    **MODBUS,
    **DASHBOARD,
    **PLANT,
    **stores.STANDS,
    **databases.STANDS,
}
"""Type in Node-RED -> what stands for such an entry."""

CONNECTIONS: Final[Mapping[str, Callable[[Entry], Made]]] = {**stores.CONNECTIONS, **databases.CONNECTIONS}
"""Configuration nodes -> what gives the options of the connection that stands for one; it raises ValueError."""

LAYOUT: Final = frozenset(DASHBOARD_LAYOUT)
"""Configuration nodes that only arrange widgets: they become pages."""

__all__ = ["CONNECTIONS", "LAYOUT", "STANDS", "Made", "Stand"]
