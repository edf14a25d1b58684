"""The transform `performance/downtime`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Routed, State, Transform, unit
from flowengine_nodes.performance.pareto import pareto
from flowengine_nodes.signal.binary import binary
from flowengine_nodes.signal.readings import elapsed
from flowengine_nodes.values.convert import shown


class Downtime(Transform, type="performance/downtime"):
    """Keep the stops of a machine, with the reasons that operators enter, and say which reasons cost most: Pareto.

    In: whether it runs. Out: each stop as {"stop": its number, "begin", "end", "seconds", "reason"}, when it begins
    (end and seconds null), when it has ended, and again, with the same number, when its reason is entered: a
    dashboard/table with key stop shows one row each. Times are those of the readings, in seconds since 1970.

    A text at `reason` is the reason of the stop that lasts, else of the latest one: wire a dashboard/text-input with
    choices, or a word that the machine knows. An object {"stop": 12, "reason": "jam"} names one of the last
    `most_stops` stops. With `reasons`, others are refused. Until then the reason is `no_reason`.

    `pareto` sends rows with reason, stops, seconds, share and cumulative share, the costliest first, with each stop
    that has ended and each reason; and when a message comes to `reset`, once more with the stop that lasts up to then,
    before it begins anew: wire the end of the shift there. Stops of less than `shortest` do not count. What counts
    as down time (ADOT, ADET) or as set-up in ISO 22400-2:2014 is for the reasons to say.

    While readings are bad, what was goes on, and the stop is uncertain. A late reading is refused. All is kept over
    restarts; a stop goes on if the machine still stands then.
    """

    inputs = (
        Port("running", "any", "Whether the machine runs: on or off"),
        Port("reason", "any", "Why it stands, or stood"),
        Port("reset", "any", "Send the Pareto and begin it anew"),
    )
    outputs = (Port("out", "object", "A stop"), Port("pareto", "list", "The reasons, the costliest first"))

    reasons: Annotated[list[str], Meta(description="Reasons that may be entered; empty: any", max_length=500)] = []
    no_reason: Annotated[
        str, Meta(description="What stands for a reason that was not entered", min_length=1, max_length=100)
    ] = "not entered"
    shortest: Annotated[float, Meta(description="A shorter stop does not count", ge=0, extra_json_schema=unit("s"))] = (
        0.0
    )
    most_stops: Annotated[
        int, Meta(description="Stops that a reason can be entered for", ge=1, le=10_000), ADVANCED
    ] = 200
    most_reasons: Annotated[
        int, Meta(description="Reasons in the Pareto; more count as other", ge=1, le=1000), ADVANCED
    ] = 100
    number: State[int] = 0
    """The number of the latest stop."""
    stops: State[list[dict[str, Any]]] = []
    """The latest stops; the last one may still last. `counted`: seconds of it in the Pareto, None: it is not there."""
    totals: State[dict[str, list[float]]] = {}
    """Reason -> stops and seconds since the reset."""
    since: State[float] = 0.0
    """When the Pareto began anew."""
    time: State[float | None] = None
    """Of the latest good reading."""

    def process(self, msg: Message) -> list[Message | Routed]:
        """Hear whether the machine runs."""
        lasting = self._lasting()
        if msg.quality == "bad":
            if lasting is not None:
                lasting["sure"] = False
            return []
        runs = binary(msg.payload)
        if self.time is not None and elapsed(self.time, msg.time) is None and lasting is not None:
            shift = msg.time - self.time  # the clock was set back
            lasting["begin"] += shift
            self.since += shift
        self.time = msg.time
        if lasting is None:
            return self._begin(msg) if not runs else []
        lasting["sure"] = lasting["sure"] and msg.quality == "good"
        return self._end(lasting, msg) if runs else []

    def on_reason(self, msg: Message) -> list[Message | Routed]:
        """Enter a reason.

        Raises:
            BadData: it is none of `reasons`, or there is no such stop.
        """
        payload = msg.payload
        wanted = payload.get("stop") if isinstance(payload, dict) else None
        reason = payload.get("reason") if isinstance(payload, dict) else payload
        if not isinstance(reason, str) or not reason.strip():
            raise BadData(f'{shown(payload)} is no reason; expected a text or {{"stop": 12, "reason": "jam"}}')
        reason = reason.strip()[:200]
        if self.reasons and reason not in self.reasons:
            raise BadData(f"{shown(reason)} is none of the reasons: {', '.join(self.reasons)[:200]}")
        found = [stop for stop in self.stops if wanted is None or stop["stop"] == wanted]
        if not found:
            raise BadData("there is no stop yet" if wanted is None else f"stop {shown(wanted)} is not known (any more)")
        stop = found[-1]
        counted = stop["counted"]
        if counted is not None:
            self._count(stop["reason"], -1, -counted)
        stop["reason"] = reason
        if counted is None:
            return [self._record(stop, msg)]
        self._count(reason, 1, counted)
        return [self._record(stop, msg), self._pareto(msg, self.totals)]

    def on_reset(self, msg: Message) -> list[Routed]:
        """Send the Pareto, the stop that lasts included, and begin it anew."""
        lasting, totals = self._lasting(), {reason: list(pair) for reason, pair in self.totals.items()}
        if lasting is not None:
            seconds = max(0.0, msg.time - max(lasting["begin"], self.since))
            pair = totals.setdefault(lasting["reason"], [0, 0.0])
            pair[0] += 1
            pair[1] += seconds
        self.totals, self.since = {}, msg.time
        for stop in self.stops:
            stop["counted"] = None
        return [self._pareto(msg, totals)]

    def _lasting(self) -> dict[str, Any] | None:
        return self.stops[-1] if self.stops and self.stops[-1]["end"] is None else None

    def _begin(self, msg: Message) -> list[Message | Routed]:
        self.number += 1
        sure = msg.quality == "good"
        stop = {"stop": self.number, "begin": msg.time, "end": None, "reason": self.no_reason, "counted": None}
        stop["sure"] = sure
        self.stops.append(stop)
        del self.stops[: -self.most_stops]
        self.status("warning", f"stop {self.number}")
        return [] if self.shortest else [self._record(stop, msg)]

    def _end(self, stop: dict[str, Any], msg: Message) -> list[Message | Routed]:
        self.status("ok", "runs")
        if msg.time - stop["begin"] < self.shortest:
            self.stops.pop()
            return []
        stop["end"] = msg.time
        stop["counted"] = msg.time - max(stop["begin"], self.since)
        self._count(stop["reason"], 1, stop["counted"])
        return [self._record(stop, msg), self._pareto(msg, self.totals)]

    def _count(self, reason: str, stops: int, seconds: float) -> None:
        if reason not in self.totals and (stops < 0 or len(self.totals) >= self.most_reasons):
            reason = "other"
        pair = self.totals.setdefault(reason, [0, 0.0])
        pair[0] += stops
        pair[1] += seconds
        if not pair[0]:
            del self.totals[reason]

    def _record(self, stop: dict[str, Any], msg: Message) -> Message:
        begin, end = stop["begin"], stop["end"]
        seconds = None if end is None else end - begin
        payload = {"stop": stop["stop"], "begin": begin, "end": end, "seconds": seconds, "reason": stop["reason"]}
        quality: Literal["good", "uncertain"] = "good" if stop["sure"] else "uncertain"
        return msg.replace(payload=payload, quality=quality)

    def _pareto(self, msg: Message, totals: dict[str, list[float]]) -> Routed:
        return msg.replace(payload=pareto(totals), quality="good").to("pareto")
