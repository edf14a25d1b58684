"""The transform `signal/align`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Quality, State, Transform, only_with, unit
from flowengine_nodes.signal.alignment import Reading, at
from flowengine_nodes.signal.readings import elapsed, usable
from flowengine_nodes.timing.held import message_of
from flowengine_nodes.values.convert import is_number


class Align(Transform, type="signal/align"):
    """Put several signals side by side as they were at the same moments: as-of join, interpolation, resampling.

    The signals are told apart by their topics. With `at` lead a row leaves for each reading of the first signal in the
    list, with its time; with `at` grid one for every multiple of `every` seconds. A row is an object, topic -> value.
    The value of a signal is its `last` reading at or before the moment, the `nearest` one, or lies on the straight line
    (`linear`) between the readings before and after it. Readings further away than `oldest` are not used.

    A row waits until every signal has a reading at or after its moment, but leaves when any signal is `wait` seconds
    past it: with wait 0 at once. Time is that of the readings. Where `linear` finds no reading after the moment, the
    one before is held and the row is uncertain. A signal that is not known, or bad, is null and makes the row
    uncertain; if all are, it is bad. Rows that wait leave when the flow stops, and are kept over a restart.

    A message of another topic is refused, and so is a late reading (older than the one before of its signal); after a
    clock set back by over a minute all begins anew. `most_readings` of each signal are held; then the oldest go.

    Example: signals power and pieces, at lead, linear: the pieces counter at the moment of each power reading.
    """

    signals: Annotated[list[str], Meta(description="The topics of the signals", min_length=1, max_length=1000)]
    at: Annotated[
        Literal["lead", "grid"], Meta(description="A row at each reading of the first signal, or in even steps")
    ] = "lead"
    every: Annotated[
        float,
        Meta(description="Distance of the rows", gt=0, extra_json_schema=unit("s")),
        only_with(at="grid"),
    ] = 1.0
    method: Annotated[
        Literal["last", "linear", "nearest"],
        Meta(description="Last reading (as-of join), straight line between two, or nearest reading"),
    ] = "last"
    oldest: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="A reading further away is not used; empty: no limit", extra_json_schema=unit("s")),
    ] = None
    wait: Annotated[float, Meta(description="Wait so long for other signals", ge=0, extra_json_schema=unit("s"))] = 10.0
    topic: Annotated[str, Meta(description="Topic of the rows; empty: that of the last reading"), ADVANCED] = ""
    most_readings: Annotated[
        int, Meta(description="Readings of a signal and rows that wait, at most", ge=2), ADVANCED
    ] = 10_000
    readings: State[dict[str, list[Any]]] = {}
    rows: State[list[Any]] = []
    """Moments of rows that wait, each with the message that it is made of."""
    newest: State[float | None] = None
    """The newest time of all readings."""

    def __post_init__(self) -> None:
        if len(set(self.signals)) < len(self.signals):
            raise ValueError("a signal is named twice: every topic once")
        self._oldest = math.inf if self.oldest is None else self.oldest

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned.

        Raises:
            ValueError: it is of signals that are no numbers, through which no line goes.
        """
        if self.method == "linear":
            for name, known in state.get("readings", {}).items():
                if any(value is not None and not is_number(value) for _, value, _ in known):
                    raise ValueError(f"signal '{name:.80}' holds readings of another kind: no line goes through them")
        super().restore(state)
        self.rows = [[time, message_of(msg)] for time, msg in self.rows]

    def process(self, msg: Message) -> list[Message]:
        """Take a reading in; returns the rows that are complete by it."""
        if msg.topic not in self.signals:
            raise BadData(f"topic '{msg.topic:.80}' is none of the signals: {', '.join(self.signals)[:200]}")
        value = usable(msg.payload, msg.quality) if self.method == "linear" else self._any(msg)
        quality = "bad" if value is None else msg.quality
        self._enter([msg.time, value, quality], msg)
        sent = []
        while self.rows and (len(self.rows) > self.most_readings or self._is_complete(self.rows[0][0])):
            sent.append(self._row(*self.rows.pop(0)))
        self._trim()
        return sent

    def flush(self) -> list[Message]:
        """Return the rows that wait, with what is known."""
        rows, self.rows = self.rows, []
        return [self._row(time, msg) for time, msg in rows]

    def _any(self, msg: Message) -> Any:
        payload = msg.payload
        return None if msg.quality == "bad" or (payload.__class__ is float and payload - payload != 0.0) else payload

    def _enter(self, reading: Reading, msg: Message) -> None:
        time = reading[0]
        known = self.readings.setdefault(msg.topic, [])
        if known and elapsed(known[-1][0], time) is None:
            self.readings, self.rows, self.newest = {msg.topic: (known := [])}, [], None
        if known and known[-1][0] == time:
            known[-1] = reading
        else:
            known.append(reading)
        before, self.newest = self.newest, time if self.newest is None else max(self.newest, time)
        if self.at == "lead":
            if msg.topic == self.signals[0]:
                self.rows.append([time, msg])
            return
        step = self.every
        first = math.ceil(time / step) if before is None else math.floor(before / step) + 1
        last = math.floor(self.newest / step)
        for number in range(max(first, last - self.most_readings + 1), last + 1):
            self.rows.append([number * step, msg])

    def _is_complete(self, moment: float) -> bool:
        assert self.newest is not None
        if self.newest >= moment + self.wait:
            return True
        return all((known := self.readings.get(name)) and known[-1][0] >= moment for name in self.signals)

    def _row(self, moment: float, msg: Message) -> Message:
        values, qualities = {}, []
        for name in self.signals:
            values[name], quality = at(moment, self.readings.get(name, []), self.method, self._oldest)
            qualities.append(quality)
        worst: Quality = "good"
        if any(quality != "good" for quality in qualities):
            worst = "bad" if all(quality == "bad" for quality in qualities) else "uncertain"
        return msg.replace(payload=values, topic=self.topic or msg.topic, time=moment, quality=worst)

    def _trim(self) -> None:
        """Let readings go that no row needs any more: older than the last one before the oldest row still to come."""
        if self.at == "lead":
            lead = self.readings.get(self.signals[0])
            horizon = lead[-1][0] if lead else -math.inf
        else:
            horizon = math.inf if self.newest is None else self.newest
        if self.rows:
            horizon = min(horizon, self.rows[0][0])
        for known in self.readings.values():
            gone = max(0, len(known) - self.most_readings)
            while gone + 1 < len(known) and known[gone + 1][0] <= horizon:
                gone += 1
            if gone:
                del known[:gone]
