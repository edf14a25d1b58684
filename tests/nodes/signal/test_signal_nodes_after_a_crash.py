"""Signal nodes that are stopped by force and built again from their state go on as if nothing had happened."""

from __future__ import annotations

import pytest

from flowengine import Message
from flowengine_nodes import (
    Align,
    Compress,
    Debounce,
    Edge,
    Ewma,
    Hysteresis,
    Kalman,
    Median,
    MovingAverage,
    OffDelay,
    OnDelay,
    Pulse,
    RateOfChange,
    SavitzkyGolay,
    StateDuration,
    Totalizer,
)
from tests.nodes.crashing import Make, goes_on_as_if_nothing_had_happened, readings

LEVELS = [0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]


def doubtful() -> list[Message]:
    inputs = readings(topics=2)
    inputs[2] = inputs[2].replace(quality="uncertain")
    inputs[7] = inputs[7].replace(quality="bad", payload=None)
    return inputs


CASES: dict[str, tuple[Make, list[Message]]] = {
    "ewma": (lambda: Ewma(time_constant=2), doubtful()),
    "ewma by count": (lambda: Ewma(by="count"), doubtful()),
    "moving average": (lambda: MovingAverage(count=3), doubtful()),
    "moving average by time": (lambda: MovingAverage(by="time", seconds=2), doubtful()),
    "moving average weighed by time": (lambda: MovingAverage(by="time", seconds=2, weigh="time"), doubtful()),
    "median": (lambda: Median(count=3), doubtful()),
    "hampel": (lambda: Median(count=5, replace="outliers", threshold=1), doubtful()),
    "kalman": (lambda: Kalman(model="trend"), doubtful()),
    "savitzky-golay": (lambda: SavitzkyGolay(count=3, degree=1), doubtful()),
    "rate of change": (lambda: RateOfChange(seconds=3, method="fit"), doubtful()),
    "totalizer": (lambda: Totalizer(roll_over=5), doubtful()),
    "compress": (lambda: Compress(deviation=2), doubtful()),
    "align": (lambda: Align(signals=["t0", "t1"], method="linear"), doubtful()),
    "align on a grid": (lambda: Align(signals=["t0", "t1"], at="grid", every=0.5), doubtful()),
    "edge": (lambda: Edge(edges="both", count=True), readings(LEVELS)),
    "hysteresis": (lambda: Hysteresis(on=6, off=4, send="changes"), readings()),
    "state duration": (StateDuration, readings(LEVELS)),
    "on-delay": (lambda: OnDelay(seconds=1.5), readings(LEVELS)),
    "off-delay": (lambda: OffDelay(seconds=1.5), readings(LEVELS)),
    "pulse": (lambda: Pulse(seconds=1.5), readings(LEVELS)),
    "debounce": (lambda: Debounce(seconds=1), readings(LEVELS)),
}


@pytest.mark.parametrize("name", CASES)
def test_a_node_goes_on_as_if_nothing_had_happened(name: str) -> None:
    goes_on_as_if_nothing_had_happened(*CASES[name])
