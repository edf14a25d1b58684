"""Our figures beside those of a baseline, taken in turns so that both meet the same noise."""

import statistics
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec

from flowengine_bench import bare, nodered, ours
from flowengine_bench.child import ChildFailed
from flowengine_bench.ours.expressions import evaluations
from flowengine_bench.ours.measure import guarded_loop

NODE_RED_BEST = 500
"""Messages in one loop of Node-RED's source: the size it likes best. The baseline sends bursts as large as ours; this
one comes beside it, since with it Node-RED is up to twice as fast."""

IN_BURSTS = ("chain1", "chain5", "chain20", "function", "fanout10", "expression", "imported5", "javascript",
             "jsonata_change", "jsonata_switch")  # fmt: skip

SAME_FLOW = {
    "imported5": "chain5",
    "javascript": "function",
    "jsonata_change": "expression",
    "jsonata_switch": "condition",
}
"""Workloads of ours that are flows of Node-RED, imported: the baseline is the flow itself."""

DEFAULT_ROUNDS = 3

_MQTT = "the broker alone"
_MODBUS = "a bare pymodbus loop"
_BARE: dict[str, tuple[str, Callable[[], float]]] = {
    "mqtt_qos0": (_MQTT, partial(bare.broker_alone, 0)),
    "mqtt_qos1": (_MQTT, partial(bare.broker_alone, 1)),
    "mqtt_latency": (_MQTT, partial(bare.broker_alone, 0, 1000.0)),
    "stored": (_MQTT, bare.broker_alone_with_large),
    "stored_p99": (_MQTT, partial(bare.broker_alone_with_large, 1000.0)),
    "modbus_1": (_MODBUS, partial(bare.pymodbus_polls, 1)),
    "modbus_50": (_MODBUS, partial(bare.pymodbus_polls, 50)),
    "jsonata": ("jsonata-python alone", partial(evaluations, False)),
    "guarded_loop": ("the loop without an envelope", partial(guarded_loop, False)),
}

UNITS = {
    "mqtt_latency": "ms", "stored_p99": "ms", "modbus_1": "poll/s", "modbus_50": "poll/s", "modbus_loop": "ms",
    "guarded_loop": "ms", "jsonata": "1/s",
    "start": "s", "memory": "MB", "deploy_1000": "s", "deploy_10000": "s",
}  # fmt: skip
"""Unit by workload where it is not messages a second."""

NAMES = {"s": "time", "ms": "time", "MB": "memory"}
"""What a figure of a unit is called, where it is not a rate."""


class Compared(msgspec.Struct, frozen=True):
    """One workload: our figures and the baseline's, one of each a round."""

    workload: str
    unit: str
    ours: tuple[float, ...]
    baseline: str | None = None
    theirs: tuple[float, ...] = ()
    theirs_best_burst: tuple[float, ...] = ()
    """The baseline with the bursts it likes best, where there are bursts."""

    @property
    def value(self) -> float:
        """Our figure: the median of the rounds."""
        return statistics.median(self.ours)

    @property
    def ratio(self) -> float | None:
        """Ours divided by theirs, taken in each round and then the median: noise that lasts meets both."""
        return self._ratio(self.theirs)

    @property
    def ratio_best_burst(self) -> float | None:
        """The same against the baseline with the bursts it likes best."""
        return self._ratio(self.theirs_best_burst)

    def _ratio(self, theirs: tuple[float, ...]) -> float | None:
        if not theirs:
            return None
        return statistics.median(mine / other for mine, other in zip(self.ours, theirs, strict=True))

    def as_dict(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        best = (
            {
                "best_burst_value": _rounded(statistics.median(self.theirs_best_burst)),
                "best_burst_ratio": _rounded(self.ratio_best_burst or 0.0),
            }
            if self.theirs_best_burst
            else {}
        )
        return {
            NAMES.get(self.unit, "rate"): _rounded(self.value),
            "unit": self.unit,
            "spread": [_rounded(min(self.ours)), _rounded(max(self.ours))],
            "rounds": len(self.ours),
            "baseline": self.baseline,
            "baseline_value": _rounded(statistics.median(self.theirs)) if self.theirs else None,
            "baseline_spread": [_rounded(min(self.theirs)), _rounded(max(self.theirs))] if self.theirs else None,
            "ratio": None if self.ratio is None else _rounded(self.ratio),
            **best,
        }


def compare(workload: str, installation: nodered.Installation | None, rounds: int, settings: ours.Settings) -> Compared:
    """Measure a workload and its baseline in turns.

    Raises:
        ChildFailed: we, or a peer, failed. A baseline that fails is left out.
    """
    name, measures = _baseline(workload, installation, settings.burst)
    mine: list[float] = []
    theirs: list[list[float]] = [[] for _ in measures]
    for _ in range(rounds):
        mine.append(ours.run(workload, settings))
        try:
            for measure, samples in zip(measures, theirs, strict=True):
                samples.append(measure())
        except ChildFailed as error:
            name, measures, theirs = f"{name} failed: {error}"[:300], [], []
    return Compared(workload, UNITS.get(workload, "msg/s"), tuple(mine), name, *map(tuple, theirs))


def _baseline(
    workload: str, installation: nodered.Installation | None, burst: int
) -> tuple[str | None, list[Callable[[], float]]]:
    """Return the baseline's name and how it is measured: a second time with its best burst, where there are bursts.

    What is stored is beside the broker alone: Node-RED stores nothing.
    """
    theirs = SAME_FLOW.get(workload, workload) in nodered.WORKLOADS
    if theirs and installation is not None and (installation.palette is not None or not workload.startswith("modbus")):
        bursts = (burst, NODE_RED_BEST) if workload in IN_BURSTS else (burst,)
        measures: list[Callable[[], float]] = [
            partial(_node_red, workload, installation, nodered.Settings(rounds=1, burst=size)) for size in bursts
        ]
        return f"Node-RED {installation.versions['node-red']}", measures
    if workload in _BARE:
        name, bare_one = _BARE[workload]
        return name, [bare_one]
    return None, []


def _node_red(workload: str, installation: nodered.Installation, settings: nodered.Settings) -> float:
    return nodered.run(SAME_FLOW.get(workload, workload), installation, settings).value


def table(results: list[Compared]) -> Iterator[str]:
    """Give the lines of a table for a person."""
    yield f"{'workload':<14}{'figure':>14}  {'spread':<24}{'baseline':>14}  {'ratio':>8}"
    for result in results:
        spread = f"{_shown(min(result.ours))} .. {_shown(max(result.ours))}"
        theirs = _shown(statistics.median(result.theirs)) if result.theirs else "-"
        best = "" if result.ratio_best_burst is None else f", {result.ratio_best_burst:.3g}x against its best bursts"
        ratio = "-" if result.ratio is None else f"{result.ratio:.3g}x"
        yield (
            f"{result.workload:<14}{_shown(result.value) + ' ' + result.unit:>14}  {spread:<24}{theirs:>14}  {ratio:>8}"
            f"  {result.baseline or ''}{best}"
        )


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")
