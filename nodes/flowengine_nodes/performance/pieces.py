"""How many pieces a message tells of."""

from __future__ import annotations

from typing import Any, Final

from flowengine import BadData
from flowengine_nodes.signal.readings import quantity

LEAST: Final = 1e-6
"""Of a piece; what is less is a fault of the counter, and would make figures of one piece endless."""


def pieces_of(payload: Any) -> float:
    """Return how many more pieces there are; parts of one count as such.

    Raises:
        BadData: it is no number, fewer than none, or beyond what any machine makes.
    """
    pieces = quantity(payload)
    if 0 != pieces < LEAST:
        raise BadData(f"{pieces:g} pieces cannot be made; wire a counter through performance/counter")
    return pieces
