"""The transform `models/arx`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Routed, State, Transform, unit
from flowengine_nodes.models.arx_equation import ArxEquation
from flowengine_nodes.models.score import Score
from flowengine_nodes.signal.readings import LARGEST, usable

MOST = 10_000
"""Scans of dead time at most."""

WIDEST = 60
"""Parameters at most: a scan takes their square in time, half a millisecond for so many."""

BREAK = 1.5
"""Scans between two readings from which on they are no longer neighbours."""


class ArxModel(Transform, type="models/arx"):
    """Learn online how a process answers to what acts on it, and predict where it goes: ARX model with dead time.

    `in` gets the measurement, once every `scan` seconds, `input` the readings of what acts on the process (a valve, the
    load, another temperature), told apart by their topics. The model: the next measurement is a sum of the last `order`
    measurements, of `input_order` values of each input, `dead_time` ago, and of a constant. Its parameters are learned
    by recursive least squares at each scan and forgotten over `forget` seconds. It acts on nothing: wire what it says
    to a dashboard, a chart or control/alarm.

    `out` is the measurement expected `horizon` scans from now if the inputs stay as they are. `residual` is by how much
    the measurement is above what was predicted for it one scan before: wired to foresight/change-point it says when the
    process is no longer what it was. `report` tells the parameters ({"a", "b" and "gain" by input, "constant"}; gain:
    by how much an input moves the measurement in the end, null if it integrates) and {"count", "mae", "rmse", "bias"}
    of the error over about `span` scans.

    A bad or missing reading, of the measurement or of an input, interrupts: nothing is learned or predicted until
    enough scans in a row are whole. Uncertain ones count; then the prediction is uncertain. Learned parameters are kept
    over restarts, unless the options are others. With no inputs it is an autoregressive model of a signal. Source:
    Ljung, System Identification (2nd edition, 1999), sections 4.2 and 11.2.

    Example: acting heater and door, order 2, dead_time 2: where the oven's temperature will be.
    """

    inputs = (
        Port("in", "number", "The measurement, once a scan"),
        Port("input", "any", "What acts: a number, or true and false, by topic"),
    )
    outputs = (
        Port("out", "number", "The measurement as it will be"),
        Port("residual", "number", "The measurement less its prediction"),
        Port("report", "object", "What was learned, and how good it is"),
    )

    acting: Annotated[list[str], Meta(description="Topics of what acts on the process", max_length=20)] = []
    scan: Annotated[float, Meta(description="Time between two readings", gt=0, extra_json_schema=unit("s"))] = 1.0
    dead_time: Annotated[float, Meta(description="Dead time of the process", ge=0, extra_json_schema=unit("s"))] = 0.0
    order: Annotated[int, Meta(description="Past measurements in the model", ge=1, le=20)] = 2
    input_order: Annotated[int, Meta(description="Past values of each input in the model", ge=1, le=20)] = 1
    horizon: Annotated[int, Meta(description="Scans to predict ahead", ge=1, le=1000)] = 1
    forget: Annotated[
        float, Meta(description="After so long, what was learned weighs 1/e", gt=0, extra_json_schema=unit("s"))
    ] = 7200.0
    least: Annotated[int, Meta(description="Scans to learn from before the first prediction", ge=1), ADVANCED] = 60
    span: Annotated[int, Meta(description="Predictions over which errors are told", ge=1), ADVANCED] = 100
    report_every: Annotated[float, Meta(description="Report so often", gt=0, extra_json_schema=unit("s")), ADVANCED] = (
        60.0
    )
    memory: State[dict[str, Any]] = {}

    def __post_init__(self) -> None:
        if len(set(self.acting)) != len(self.acting):
            raise ValueError("a topic stands twice among those that act: each input is learned once")
        count = self.order + len(self.acting) * self.input_order + 1
        if count > WIDEST:
            raise ValueError(f"the model has {count} parameters, {WIDEST} at most: take fewer inputs or lower orders")
        delay = round(self.dead_time / self.scan)
        if delay > MOST:
            raise ValueError(f"a dead time of {delay} scans is more than {MOST}: take a longer scan")
        self._shape = [self.acting, self.order, self.input_order, delay, self.scan]
        self._model = ArxEquation(
            len(self.acting), self.order, self.input_order, delay, math.exp(-self.scan / self.forget)
        )
        self._score = Score(self.span)
        self._learned = 0
        self._values: dict[str, list[Any]] = {}  # topic -> value and quality; no value: it is bad
        self._time: float | None = None
        self._reported: float | None = None

    def process(self, msg: Message) -> list[Routed]:
        """Take a scan: compare with what was predicted, learn, predict.

        Raises:
            BadData: the reading is not newer than the last one, or the numbers have grown beyond all bounds.
        """
        last = self._time
        if last is not None and last - 60.0 <= msg.time <= last:
            raise BadData(f"the reading is {last - msg.time:g} s older than the last one: a scan counts once")
        self._time = msg.time
        value = usable(msg.payload, msg.quality)
        if last is not None and not 0 < msg.time - last <= BREAK * self.scan:
            self._model.interrupt()
        known = [self._values.get(topic, [None, "bad"]) for topic in self.acting]
        missing = [topic for topic, one in zip(self.acting, known, strict=True) if one[0] is None]
        if value is None or missing:
            self._model.interrupt()
            self.status("warning", f"{missing[0][:80]} is missing or bad" if missing else "the measurement is bad")
            return []
        quality: Any = "good" if all(q == "good" for q in [msg.quality, *[one[1] for one in known]]) else "uncertain"
        error = self._model.take(value, [one[0] for one in known])
        self._check(error)
        sent: list[Routed] = []
        if error is not None:
            self._learned += 1
            if self._learned > self.least:
                self._score.take([value - error], [value])
                sent.append(msg.replace(payload=error, quality=quality).to("residual"))
        ahead = self._model.ahead(self.horizon) if self._learned >= self.least else None
        if ahead is None:
            self.status("ok", f"learns: {self._learned} of {self.least} scans")
            return sent
        if not abs(ahead) <= LARGEST:
            raise BadData(f"what is learned so far grows beyond all bounds within {self.horizon} scans: ask for fewer")
        sent.append(msg.replace(payload=ahead, quality=quality).to("out"))
        if self._reported is None or not 0 <= msg.time - self._reported < self.report_every:
            self._reported = msg.time
            sent.append(msg.replace(payload=self._report(), quality="good").to("report"))
        return sent

    def on_input(self, msg: Message) -> None:
        """Take a reading of what acts on the process.

        Raises:
            BadData: its topic is none of those, or it is no number.
        """
        if msg.topic not in self.acting:
            raise BadData(f"topic '{msg.topic:.80}' is none of those that act: {', '.join(self.acting)[:200]}")
        value = float(msg.payload) if isinstance(msg.payload, bool) else usable(msg.payload, msg.quality)
        self._values[msg.topic] = [value if msg.quality != "bad" else None, msg.quality]

    def state(self) -> dict[str, Any]:
        """Return what was learned."""
        return {
            "memory": {
                "shape": self._shape,
                "model": self._model.kept(),
                "score": self._score.kept(),
                "learned": self._learned,
                "values": self._values,
                "time": self._time,
            }
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what was learned, if the model is the same."""
        memory = state.get("memory")
        if not memory or memory["shape"] != self._shape:
            return
        self._model.restore(memory["model"])
        self._score.restore(memory["score"])
        self._learned, self._values, self._time = memory["learned"], memory["values"], memory["time"]

    def _check(self, error: float | None) -> None:
        """Begin anew rather than with numbers that no later scan could mend."""
        squares = self._model.squares
        spread = [row[i] for i, row in enumerate(squares.p)]
        if error is None or all(abs(x) <= LARGEST for x in [error, *squares.theta, *spread, squares.noise]):
            return
        self._model = ArxEquation(*self._sizes())
        self._score = Score(self.span)
        self._learned = 0
        raise BadData("the readings are too large to learn from: the model begins anew")

    def _sizes(self) -> tuple[int, int, int, int, float]:
        model = self._model
        return model.inputs, model.order, model.input_order, model.delay, model.squares.forget

    def _report(self) -> dict[str, Any]:
        a, b, constant = self._model.parts()
        figures = self._score.figures()
        self.status("ok", "" if figures["rmse"] is None else f"error {figures['rmse']:.3g}")
        return {
            "a": a,
            "b": dict(zip(self.acting, b, strict=True)),
            "gain": dict(zip(self.acting, self._model.gains(), strict=True)),
            "constant": constant,
            **figures,
        }
