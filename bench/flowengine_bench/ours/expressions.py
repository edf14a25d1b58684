"""Expressions in JSONata alone, without a flow: compiled, or all by jsonata-python."""

from __future__ import annotations

import itertools
import time
from typing import Any

EXPRESSIONS = (
    "payload.temperature * 1.8 + 32",
    "payload.temperature > 80 and topic = 'oven'",
    """payload.name & ': ' & $round(payload.temperature, 1) & ' degC'""",
    "payload.zones[limit > 70].name",
    "$sum(payload.zones.limit) / $count(payload.zones)",
    """{"name": $uppercase(payload.name), "hot": payload.temperature > 80 ? 'yes' : 'no'}""",
)
"""What change and switch nodes of a plant say."""

MSG: dict[str, Any] = {
    "topic": "oven",
    "payload": {
        "name": "oven",
        "temperature": 81.25,
        "zones": [{"name": name, "limit": limit} for name, limit in zip("abcd", (60, 70, 80, 90), strict=True)],
    },
}
SECONDS = 0.5


def evaluations(compiled: bool = True) -> float:
    """Evaluations a second over EXPRESSIONS in turn."""
    from flowengine_nodes.nodered import jsonata

    evaluate = jsonata.evaluate if compiled else jsonata.by_library
    for expression in EXPRESSIONS:
        evaluate(None, expression, MSG)
    began = time.perf_counter()
    for count, expression in enumerate(itertools.cycle(EXPRESSIONS)):
        evaluate(None, expression, MSG)
        if not count & 63 and (took := time.perf_counter() - began) > SECONDS:
            return (count + 1) / took
    raise AssertionError("a cycle has no end")
