"""Whatever comes to a node that reckons is refused in words, or leaves no number that is none."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from flowengine import BadData, Message, Routed, Transform
from flowengine.clock import VirtualClock
from flowengine.node import handlers
from flowengine.options import build
from flowengine.registry import Registry
from flowengine.testing import RecordingHost

ROOMS = ("signal/", "control/", "foresight/", "performance/", "models/arx", "windows/")
NODES = {
    name: found.cls
    for name, found in Registry.discover().types.items()
    if name.startswith(ROOMS) and issubclass(found.cls, Transform)
}
PASS_ANYTHING = {
    "signal/debounce",
    "signal/align",
    "control/alarm",
    "control/validate",
    "control/learned-trim",
    "control/arx-trim",
}
"""What they pass on is what came, whatever that is."""

OPTIONS: dict[str, dict[str, Any]] = {
    "control/arx-trim": {"disturbances": ["b"], "dead_time": 2},
    "control/gain-schedule": {"points": [{"at": 0, "kp": 6, "ti": 80, "td": 0}, {"at": 9, "kp": 3, "ti": 60, "td": 1}]},
    "control/learned-trim": {"disturbances": ["b"], "dead_time": 2, "slope": 3},
    "control/limit": {"high": 5},
    "control/pid": {"td": 5, "output_high": 100},
    "control/program": {"segments": [{"to": 5, "ramp": 3}]},
    "control/recipe": {"parameters": [{"port": "flour"}], "recipes": [{"name": "bread", "values": {"flour": 3}}]},
    "control/sequence": {"steps": [{"name": "one", "at_least": 2}]},
    "control/smith-predictor": {"gain": 2, "time_constant": 5, "dead_time": 3},
    "control/split-range": {
        "parts": [{"port": "heat", "start": 0, "end": 50}, {"port": "cool", "start": 40, "end": 9e9}]
    },
    "control/staging": {"machines": ["a", "b"], "high": 21, "low": 19},
    "control/state-machine": {
        "states": [{"name": "low"}, {"name": "high"}],
        "transitions": [{"from": "low", "to": "high", "when": "payload > 20"}],
    },
    "foresight/capability": {"high": 30},
    "foresight/control-chart": {"chart": "xbar-r", "size": 3, "baseline": 2},
    "foresight/degradation": {"limit": 30},
    "foresight/half-space-trees": {"features": {"a": [0, 9], "b": [0, 9]}, "window": 10},
    "foresight/multivariate": {"names": ["a", "b"], "baseline": 20},
    "performance/cycle-time": {"ideal": 5},
    "performance/oee": {"run_time": 5, "every": 60},
    "signal/align": {"signals": ["a", "b"]},
    "signal/envelope": {"low": 10, "high": 40, "sample_rate": 100},
    "signal/moving-average": {"by": "time"},
    "windows/window": {"count": 5},
}
RUBBISH: list[Any] = [
    math.nan, math.inf, -math.inf, 1e308, -1e308, 1e150, -1e150, 5e-324, 10**400, -(10**200), True, "", "warm", "12.5",
    "9" * 350, None, b"abc", [], [1, 2, 3], [1e308, -1e308, 1e308], [math.nan] * 8, ["x"] * 4, [0.5, 1.0] * 32, {},
    [9e307] * 64, {"a": 1, "b": 2}, {"a": math.nan, "b": 1.0}, {"a": math.inf, "b": "x"}, {"count": "x"},
    {"count": math.nan, "size": 0}, {"age": math.inf, "failed": True}, {"age": 5, "failed": True},
    {"age": 7, "failed": True}, {"kp": -1}, {"recipe": "bread", "size": -1},
    [[1], {}], "start", "stop", "hold", "go", "reset", "baseline", "automatic", "manual", "high",
]  # fmt: skip


def messages(count: int, seed: int) -> list[Message]:
    """Readings among rubbish, at times that jump."""
    dice, time, found = random.Random(seed), 1e9, []
    for _ in range(count):
        time += dice.choice([1, 1, 1, 1, 0, 1e-7, 3600, 1e6, -1, -30, -100])
        found.append(
            Message(
                dice.choice(RUBBISH) if dice.random() < 0.6 else 20 + dice.gauss(0, 1),
                topic=dice.choice("ab"),
                time=dice.choice([time] * 20 + [0.0, -5.0, 1e18]),
                quality=dice.choice(["good", "good", "good", "uncertain", "bad"]),
                properties=dice.choice([{}, {"unit": 5}, {"sample_rate": 100.0}, {"sample_rate": "x"}]),
            )
        )
    return found


@pytest.mark.parametrize("name", NODES)
def test_a_node_refuses_what_it_cannot_use_in_words_and_sends_no_number_that_is_none(name: str) -> None:
    clock = VirtualClock()
    host = RecordingHost(clock)
    sent: list[Message] = []

    async def main() -> None:
        node = build(NODES[name], OPTIONS.get(name, {}))
        node._host = host  # type: ignore[misc]
        await node.start()
        dice, ports = random.Random(5), list(handlers(node))
        for msg in messages(250, 1):
            await clock.sleep(dice.choice([0, 0, 1]))
            port = ports[0] if dice.random() < 0.7 else dice.choice(ports)
            try:
                result = handlers(node)[port](msg)
                items = [] if result is None else [result] if isinstance(result, Message | Routed) else list(result)
            except BadData:
                continue
            sent.extend(item.msg if isinstance(item, Routed) else item for item in items)
        await node.stop()

    clock.run(main())
    assert not [error for error, _ in host.failures if not isinstance(error, BadData)]
    if name not in PASS_ANYTHING:
        sent += [routed.msg for routed in host.emitted]
        assert not [msg for msg in sent if msg.quality != "bad" and not finite(msg.payload)]


def finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict | list):
        return all(map(finite, value.values() if isinstance(value, dict) else value))
    return True
