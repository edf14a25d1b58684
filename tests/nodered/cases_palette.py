# ruff: noqa: E501 - one case a line reads better
"""Cases of nodes from other packages, which must be installed beside Node-RED when it is asked."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.nodered.making import Case, case, msg


def smooths(pick: random.Random) -> Iterator[Case]:
    """node-red-node-smooth, with series of numbers and what is none."""
    for number in range(24):
        node = {"type": "smooth", "action": ["mean", "max", "min", "sd", "low", "high"][number % 6], "count": pick.choice(["1", "2", "3", "5"]), "property": "payload",
                "round": pick.choice([False, False, "0", "1", "2"]), "mult": pick.choice(["single", "multi"]), "reduce": number % 6 < 3 and pick.random() < 0.3}  # fmt: skip
        messages = [msg(pick, pick.choice([1, "4", 9, "x", 2, 100, -3.5, 0.125])) for _ in range(9)]
        if pick.random() < 0.3:
            messages.insert(5, msg(pick, 3, reset=True))
        yield case("", node, messages)
