"""The source `sources/signal`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Source, only_with, unit
from flowengine_nodes.sources.csv_replay import CsvFile, Row
from flowengine_nodes.sources.waveform import waveform

_FORMED = only_with(shape=("sine", "square", "triangle", "ramp", "noise", "random-walk"))
_CSV = only_with(shape="csv")


class Signal(Source, type="sources/signal"):
    """Make a signal up, or replay one from a CSV file, for trying a flow without a machine.

    Sends a number every `interval`: a sine, square, triangle or ramp between offset - amplitude and
    offset + amplitude, a staircase of `levels`, noise, or a random walk. The same options and seed give the same
    numbers every time.

    With shape csv it sends a column of a file (or each whole row), one row every `interval`, or at the pace of the
    file's own time column; at the end it begins again or stops.

    Example: sine, amplitude 5, offset 180, period 60, noise 0.2 looks like an oven that hunts around 180.
    """

    shape: Annotated[
        Literal["sine", "square", "triangle", "ramp", "steps", "noise", "random-walk", "csv"],
        Meta(description="The form of the signal, or csv for a file"),
    ] = "sine"
    amplitude: Annotated[
        float,
        Meta(description="How far it swings up and down; for noise its deviation", ge=0),
        _FORMED,
    ] = 1.0
    offset: Annotated[
        float,
        Meta(description="Middle of the signal"),
        _FORMED,
    ] = 0.0
    period: Annotated[
        float,
        Meta(description="Time of one swing", gt=0, extra_json_schema=unit("s")),
        only_with(shape=("sine", "square", "triangle", "ramp", "steps")),
    ] = 60.0
    levels: Annotated[
        list[float], Meta(description="For steps: the values, in turn within a period"), only_with(shape="steps")
    ] = [0.0, 1.0]
    noise: Annotated[float, Meta(description="Standard deviation of noise on top", ge=0), ADVANCED] = 0.0
    seed: Annotated[int, Meta(description="Another number gives other noise"), ADVANCED] = 0
    interval: Annotated[float, Meta(description="Time between messages", ge=0.0001, extra_json_schema=unit("s"))] = 1.0
    decimals: Annotated[
        Annotated[int, Meta(ge=0)] | None, Meta(description="Round to so many decimals; empty: no rounding"), ADVANCED
    ] = None
    file: Annotated[str, Meta(description="For csv: path of the file; its first row names the columns"), _CSV] = ""
    column: Annotated[str, Meta(description="For csv: the column to send; empty: each row as an object"), _CSV] = ""
    time_column: Annotated[
        str,
        Meta(description="For csv: column with the time (seconds or ISO 8601); empty: one row every interval"),
        _CSV,
    ] = ""
    separator: Annotated[str, Meta(description="For csv: between columns", min_length=1, max_length=1), _CSV] = ","
    speed: Annotated[float, Meta(description="For csv with a time column: replay so many times faster", gt=0), _CSV] = (
        1.0
    )
    at_end: Annotated[Literal["repeat", "stop"], Meta(description="For csv: what to do at the end"), _CSV] = "repeat"
    topic: Annotated[str, Meta(description="Topic of the messages")] = ""
    unit: Annotated[str, Meta(description="Unit of the signal, sent as msg.unit; empty: none")] = ""

    def __post_init__(self) -> None:
        if self.shape == "csv" and not self.file:
            raise ValueError("shape csv needs a file")
        if self.shape == "steps" and not self.levels:
            raise ValueError("shape steps needs at least one level")
        self._properties: dict[str, Any] = {"unit": self.unit} if self.unit else {}

    async def run(self) -> AsyncIterator[Message]:
        """Send the signal; returns at the end of a file that is not repeated."""
        messages = self._replayed() if self.shape == "csv" else self._computed()
        async for msg in messages:
            yield msg

    async def _computed(self) -> AsyncIterator[Message]:
        assert self.shape != "csv"
        value = waveform(
            self.shape,
            amplitude=self.amplitude,
            offset=self.offset,
            period=self.period,
            levels=self.levels,
            noise=self.noise,
            seed=self.seed,
        )
        clock, interval = self.clock, self.interval
        begin = clock.monotonic()
        tick = 0
        while True:
            wait = begin + tick * interval - clock.monotonic()
            if wait > 0:
                await clock.sleep(wait)
            yield self._message(value(tick * interval))
            # The signal goes on in time however busy the flow is: late values are left out, not sent in a bunch.
            tick = max(tick + 1, int((clock.monotonic() - begin) / interval + 1e-6))

    async def _replayed(self) -> AsyncIterator[Message]:
        clock = self.clock
        source = CsvFile(self.file, self.column, self.time_column, self.separator)
        try:
            while True:
                begin = clock.monotonic()
                first: float | None = None
                number = 0
                while block := await self.blocking(source.read):
                    for row in block:
                        if row.problem:
                            self.runtime.fail(BadData(row.problem), None)
                            continue
                        first = row.time if first is None else first
                        await clock.sleep(begin + self._due(row, first, number) - clock.monotonic())
                        yield self._message(row.value)
                        number += 1
                if not number:
                    raise ValueError(f"{self.file} has no rows")
                if self.at_end == "stop":
                    return
                await clock.sleep(self.interval)
        finally:
            source.close()

    def _due(self, row: Row, first: float | None, number: int) -> float:
        """Return when a row is due, in seconds after the first."""
        if row.time is None or first is None:
            return number * self.interval
        return (row.time - first) / self.speed

    def _message(self, value: Any) -> Message:
        if self.decimals is not None and isinstance(value, float):
            value = round(value, self.decimals)
        return Message(value, topic=self.topic, time=self.clock.now(), properties=self._properties)
