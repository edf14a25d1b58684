"""The transform `foresight/control-chart`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Routed, State, Transform, only_with
from flowengine_nodes.foresight.charts import (
    Chart,
    Line,
    baseline,
    count_line,
    cusum,
    ewma_line,
    mean_line,
    spread_line,
)
from flowengine_nodes.foresight.run_rules import LONGEST, RULES, Rule, completed
from flowengine_nodes.foresight.spc_constants import c4, d2
from flowengine_nodes.signal.readings import quantity, usable
from flowengine_nodes.values.convert import shown

_COUNTS = ("p", "np", "c", "u")


class ControlChart(Transform, type="foresight/control-chart"):
    """Tell when a process is no longer what it was, before it makes scrap: control charts (SPC) with run rules.

    For measurements: `i-mr` (single values and their moving range), `xbar-r` and `xbar-s` (means of subgroups of `size`
    values, with range or standard deviation; a subgroup is a list, or collected of single readings), `ewma` and `cusum`
    (which find small shifts). For counts: `p` and `np` (nonconforming units), `c` and `u` (nonconformities); the
    payload is the count, of `size` units, or {"count", "size"}.

    Centre and standard deviation are those given by `centre` and `sigma` (for counts: centre alone), or those of the
    first `baseline` points, during which nothing else leaves and which should be free of disturbance. Each point
    leaves by `out`, with chart, value, centre, lower, upper, sigma, rules and spread: the point of the R, S or MR
    chart. When the newest point completes a rule, or a limit is passed, `alarm` has the same with `evidence`: the rule
    in words and the points that made it, each with its time.

    A bad reading is left out; the runs go on. A message to `reset` forgets points and sums, and with the text baseline
    the baseline, too. All is kept over a restart.

    Example: i-mr, rules nelson-1 to nelson-4, baseline 25 behind the diameter of each piece.
    """

    inputs = (Port("in", "any", "Readings or counts"), Port("reset", "any", "Begin anew; baseline: with a new one"))
    outputs = (Port("out", "object", "Each point"), Port("alarm", "object", "A point out of control, with evidence"))

    chart: Annotated[Chart, Meta(description="Kind of chart")] = "i-mr"
    size: Annotated[
        int,
        Meta(description="Values in a subgroup (2 to 25), or units inspected for each count", ge=1, le=1_000_000),
        only_with(chart=("xbar-r", "xbar-s", "p", "np", "u")),
    ] = 5
    centre: Annotated[float | None, Meta(description="Centre line; empty: from the baseline")] = None
    sigma: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Standard deviation of single values; empty: from the baseline"),
        only_with(chart=("i-mr", "xbar-r", "xbar-s", "ewma", "cusum")),
    ] = None
    baseline: Annotated[int, Meta(description="Points that make centre and sigma, where not given", ge=2, le=1000)] = 25
    rules: Annotated[
        list[Rule],
        Meta(description="Rules that raise an alarm; ewma and cusum have their limits alone"),
    ] = ["nelson-1", "nelson-2", "nelson-3", "nelson-5", "nelson-6"]
    weight: Annotated[
        float, Meta(description="λ: weight of the newest reading", gt=0, le=1), only_with(chart="ewma")
    ] = 0.2
    width: Annotated[
        float, Meta(description="L: distance of the limits in standard deviations", gt=0), only_with(chart="ewma")
    ] = 2.86
    slack: Annotated[
        float, Meta(description="k: half the shift to find, in standard deviations", ge=0), only_with(chart="cusum")
    ] = 0.5
    interval: Annotated[
        float, Meta(description="h: sum that raises an alarm, in standard deviations", gt=0), only_with(chart="cusum")
    ] = 5.0
    topic: Annotated[str, Meta(description="Topic of points and alarms; empty: that of the reading"), ADVANCED] = ""
    learned: State[list[float]] = []
    """Centre and sigma from the baseline."""
    groups: State[list[list[float]]] = []
    """Points of the baseline so far."""
    collected: State[list[float]] = []
    """The subgroup so far."""
    points: State[list[list[float]]] = []
    """Time, value and distance from the centre in standard deviations of the last points."""
    sums: State[list[float]] = []
    """What ewma and cusum carry on: the value (or both sums), and the number of points."""
    before: State[list[float]] = []
    """The last single value."""
    drawn: State[str] = ""
    """The chart that all this is of."""

    def __post_init__(self) -> None:
        if self.chart in ("xbar-r", "xbar-s") and not 2 <= self.size <= 25:
            raise ValueError(f"a subgroup has 2 to 25 values, not {self.size}")
        if self.centre is not None and self.chart in _COUNTS and self.centre <= 0:
            raise ValueError(f"the centre of a chart of counts is more than 0, not {self.centre:g}")
        if self.centre is not None and self.chart in ("p", "np") and self.centre >= 1:
            raise ValueError(f"the centre of a {self.chart} chart is a share, between 0 and 1")
        if self.centre is not None and self.sigma is None and self.chart not in _COUNTS:
            raise ValueError("give sigma too, or neither: both come from the baseline then")
        self.drawn = self.chart

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned.

        Raises:
            ValueError: it is of another chart.
        """
        drawn = state.get("drawn", self.chart)
        if drawn != self.chart:
            raise ValueError(f"points and baseline are of a chart {drawn}")
        super().restore(state)

    def process(self, msg: Message) -> list[Routed] | None:
        """Take a reading in; returns the point that it makes."""
        if msg.quality == "bad":
            return None
        group = self._group(msg)
        if group is None:
            return None
        known = self._known(group)
        if known is None:
            return None
        return self._point(msg, group, *known)

    def on_reset(self, msg: Message) -> None:
        """Forget the points, and with the text baseline the baseline."""
        self.points, self.sums, self.collected, self.before = [], [], [], []
        if msg.payload == "baseline":
            self.learned, self.groups = [], []

    def _group(self, msg: Message) -> list[float] | None:
        """Return the subgroup (or count and size) that is complete with this message."""
        payload = msg.payload
        if self.chart in _COUNTS:
            count = quantity(payload.get("count") if isinstance(payload, dict) else payload)
            size = quantity(payload["size"]) if isinstance(payload, dict) and "size" in payload else float(self.size)
            if count < 0 or size <= 0 or (self.chart in ("p", "np") and count > size):
                raise BadData(f"{shown(payload)}: a count of {count:g} in {size:g} units cannot be")
            return [count, size]
        if self.chart not in ("xbar-r", "xbar-s"):
            value = usable(payload, msg.quality)
            return None if value is None else [value]
        if isinstance(payload, list):
            if len(payload) != self.size:
                raise BadData(f"a subgroup has {self.size} values, not {len(payload)}")
            return [quantity(value) for value in payload]
        value = usable(payload, msg.quality)
        if value is None:
            return None
        self.collected.append(value)
        if len(self.collected) < self.size:
            return None
        group, self.collected = self.collected, []
        return group

    def _known(self, group: list[float]) -> tuple[float, float] | None:
        """Return centre and sigma, or take the point into the baseline."""
        if self.centre is not None:
            return self.centre, self.sigma or 0.0
        if self.learned:
            return self.learned[0], self.sigma or self.learned[1]
        self.groups.append(group)
        if len(self.groups) >= self.baseline:
            centre, sigma = baseline(self.chart, self.groups)
            if (sigma or self.sigma or 0.0) <= 0 and self.chart not in _COUNTS:
                self.groups = []
                raise BadData("all values of the baseline are the same: a chart needs some spread, or sigma")
            if self.chart in _COUNTS and (centre <= 0 or (self.chart in ("p", "np") and centre >= 1)):
                self.groups = []
                raise BadData("nothing (or everything) was nonconforming in the baseline: give the centre")
            self.learned, self.groups = [centre, sigma], []
        return None

    def _point(self, msg: Message, group: list[float], centre: float, sigma: float) -> list[Routed]:
        spread: Line | None = None
        reasons: list[tuple[str, str, int]] = []
        if self.chart == "cusum":
            sums = cusum(self.sums or [0.0, 0.0], group[0], self.slack, centre, sigma)
            self.sums = sums
            signed = sums[0] if sums[0] >= sums[1] else -sums[1]
            line = Line(signed, 0.0, -self.interval, self.interval)
            z = (group[0] - centre) / sigma
        elif self.chart == "ewma":
            last, count = self.sums or [centre, 0.0]
            line = ewma_line(last, group[0], int(count) + 1, self.weight, self.width, centre, sigma)
            self.sums = [line.value, count + 1]
            z = (group[0] - centre) / sigma
        elif self.chart in _COUNTS:
            line = count_line(self.chart, group[0], group[1], centre)
            z = (line.value - line.centre) / line.sigma
        else:
            line = mean_line(group, centre, sigma)
            z = (line.value - centre) / line.sigma
            spread = self._spread(group, sigma)
        self.points = [*self.points[1 - LONGEST :], [msg.time, line.value, z]]
        if self.chart in ("ewma", "cusum"):
            if not line.lower <= line.value <= line.upper:
                reasons.append((self.chart, "beyond the limit of the chart", 1))
        else:
            names = completed([point[2] for point in self.points], self.rules)
            reasons += [(name, RULES[name][1], RULES[name][0]) for name in names]
        if spread is not None and not spread.lower <= spread.value <= spread.upper:
            reasons.append(("spread", "the spread is beyond its limits", 1))
        return self._sent(msg, line, spread, reasons)

    def _spread(self, group: list[float], sigma: float) -> Line | None:
        if self.chart == "i-mr":
            before, self.before = self.before, group
            return spread_line([before[0], group[0]], True, sigma * d2(2)) if before else None
        by_range = self.chart == "xbar-r"
        return spread_line(group, by_range, sigma * (d2 if by_range else c4)(len(group)))

    def _sent(self, msg: Message, line: Line, spread: Line | None, reasons: list[tuple[str, str, int]]) -> list[Routed]:
        point: dict[str, Any] = {
            "chart": self.chart,
            **line._asdict(),
            "sigma": line.sigma if math.isfinite(line.sigma) else None,
            "rules": [name for name, _, _ in reasons],
            "spread": None if spread is None else spread._asdict(),
        }
        out = msg.replace(payload=point, topic=self.topic or msg.topic)
        sent = [out.to("out")]
        if reasons:
            evidence = [
                {"rule": name, "text": text, "points": [{"time": t, "value": v} for t, v, _ in self.points[-count:]]}
                for name, text, count in reasons
            ]
            sent.append(out.with_payload({**point, "evidence": evidence}).to("alarm"))
            self.status("warning", reasons[0][1])
        else:
            self.status("ok", "in control")
        return sent
