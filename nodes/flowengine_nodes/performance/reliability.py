"""The transform `performance/reliability`."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, State, Transform
from flowengine_nodes.values.convert import is_number, shown

HOUR = 3600.0


class Reliability(Transform, type="performance/reliability"):
    """Say how often a machine fails and how long repairs take: MTBF, MTTR and availability, from its stops.

    In: the stops of performance/downtime. One that comes again (with the same begin) takes the place of the former one;
    one that still lasts is left out. `planned` has the reasons that are no failures (setup, maintenance, no order);
    with `failures` only those are. Any message at `now` sends the figures as of its time, so that MTBF grows while
    nothing fails. At `reset` they begin anew.

    Out: failures; operating, the hours since the begin less all stops; down, the hours of all stops; repair, those of
    failures; mtbf = operating / failures, mttr = repair / failures (null before the first), both in hours: the usual
    estimates of mean operating time between failures and mean time to repair, of which ISO 22400-2:2014 has indicators;
    availability = mtbf / (mtbf + mttr), the inherent one of IEC 61703; operational = operating / (operating + down):
    planned stops lower it, too. What ISO 22400-2 itself calls availability, production time by planned busy time, is
    that of performance/oee.

    A bad stop is left out. The begin is when the flow was first started, by the engine's clock. All is kept over
    restarts; stops older than the last `most_stops` can no longer be corrected.
    """

    inputs = (
        Port("in", "object", "A stop"),
        Port("now", "any", "Send the figures"),
        Port("reset", "any", "Begin anew"),
    )
    outputs = (Port("out", "object", "MTBF, MTTR, availability"),)

    planned: Annotated[list[str], Meta(description="Reasons that are no failures", max_length=500)] = [
        "setup",
        "maintenance",
        "no order",
    ]
    failures: Annotated[
        list[str], Meta(description="Reasons that are failures; empty: all but the planned ones", max_length=500)
    ] = []
    most_stops: Annotated[int, Meta(description="Stops that can be corrected", ge=1, le=10_000), ADVANCED] = 1000
    since: State[float] = 0.0
    stops: State[list[list[Any]]] = []
    """The latest stops: begin, seconds, whether it was a failure."""
    older: State[list[float]] = [0.0, 0.0, 0.0]
    """Of the stops before these: seconds, failures, seconds of failures."""
    closed: State[float] = 0.0
    """Begin of the newest of those."""

    async def start(self) -> None:
        """Begin, if this is the first start."""
        self.since = self.since or self.clock.now()

    def process(self, msg: Message) -> Message | None:
        """Take a stop.

        Raises:
            BadData: it is none, or so old that it can no longer be corrected.
        """
        stop = msg.payload
        if not isinstance(stop, dict) or not {"stop", "begin", "end", "seconds", "reason"} <= set(stop):
            raise BadData(f"{shown(stop)} is no stop; expected what performance/downtime sends")
        if msg.quality == "bad" or stop["end"] is None:
            return None
        seconds, begin = stop["seconds"], stop["begin"]
        if not is_number(seconds) or not is_number(begin) or not 0 <= seconds < float("inf"):
            raise BadData(f"{shown(stop)}: begin and seconds must be numbers, seconds 0 or more")
        if begin <= self.closed:
            raise BadData(f"the stop of {begin:g} is older than the last {self.most_stops}: see option most_stops")
        length = min(seconds, max(0.0, begin + seconds - self.since))
        self.stops = sorted([*(known for known in self.stops if known[0] != begin), [begin, length, self._fails(stop)]])
        while len(self.stops) > self.most_stops:
            self.closed, length, failed = self.stops.pop(0)
            self.older = [self.older[0] + length, self.older[1] + failed, self.older[2] + length * failed]
        return self._figures(msg)

    def on_now(self, msg: Message) -> Message:
        """Send the figures."""
        return self._figures(msg)

    def on_reset(self, msg: Message) -> None:
        """Begin anew."""
        self.since, self.stops, self.older, self.closed = msg.time, [], [0.0, 0.0, 0.0], 0.0

    def _fails(self, stop: dict[str, Any]) -> bool:
        return stop["reason"] in self.failures if self.failures else stop["reason"] not in self.planned

    def _figures(self, msg: Message) -> Message:
        down = (self.older[0] + sum(stop[1] for stop in self.stops)) / HOUR
        failures = int(self.older[1]) + sum(stop[2] for stop in self.stops)
        repair = (self.older[2] + sum(stop[1] for stop in self.stops if stop[2])) / HOUR
        operating = max(0.0, (msg.time - self.since) / HOUR - down)
        mtbf, mttr = (operating / failures, repair / failures) if failures else (None, None)
        payload = {
            "failures": failures,
            "operating": operating,
            "down": down,
            "repair": repair,
            "mtbf": mtbf,
            "mttr": mttr,
            "availability": mtbf / (mtbf + mttr) if mtbf is not None and mttr is not None and mtbf + mttr else None,
            "operational": operating / (operating + down) if operating + down else None,
            "since": self.since,
        }
        return msg.replace(payload=payload, quality="good", properties={**msg.properties, "unit": "h"})
