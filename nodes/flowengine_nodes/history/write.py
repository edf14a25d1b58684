"""The actuator `history/write`."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from flowengine import Actuator, BadData, Message, unit
from flowengine_nodes.history.samples import BAD, QUALITIES, SECOND, Sample
from flowengine_nodes.history.store import HistoryStore
from flowengine_nodes.values.convert import is_number, number, shown

LONGEST_TAG = 500


class WriteHistory(Actuator, type="history/write"):
    """Keep values over time in a historian.

    A number or true/false (kept as 1 and 0) is kept under the tag, with the time and quality of the message; null is a
    bad value without a number. An object of such values is kept under a tag each: topic line-1 with
    `{"speed": 12, "torque": 3.1}` gives line-1/speed and line-1/torque. A list holds rows with tag, time, value and
    quality, as history/read sends them; a row without tag, time or quality takes the message's.

    With a `deadband` a value is left out that differs by no more from the one kept last of its tag, unless its quality
    differs or `longest` has passed. Messages are done with when they are on disk; while the store cannot be written,
    the flow waits.

    Example: after modbus/read with topic oven/temperature: nothing to set but the store.
    """

    concurrency: ClassVar[int] = 20_000

    store: Annotated[HistoryStore, Meta(description="Where to keep the values")]
    tag: Annotated[str, Meta(description="Name to keep the value under; empty: the topic", max_length=LONGEST_TAG)] = ""
    deadband: Annotated[
        float | None, Meta(description="Leave out what has changed by no more than this; empty: keep everything", ge=0)
    ] = None
    longest: Annotated[
        float,
        Meta(
            description="With a deadband: keep a value at least so often; 0: never", ge=0, extra_json_schema=unit("s")
        ),
    ] = 600

    def __post_init__(self) -> None:
        self._kept: dict[str, Sample] = {}

    def submit(self, msg: Message) -> Awaitable[None] | None:
        """Hand over the values; None: all of them lie within the deadband."""
        samples = self._samples(msg)
        if self.deadband is None:
            return self.store.record(samples)
        samples = [sample for sample in samples if self._differs(sample)]
        if not samples:
            return None
        written: asyncio.Future[None] = self.store.record(samples)
        self._kept.update((sample.tag, sample) for sample in samples)
        return written

    def _samples(self, msg: Message) -> list[Sample]:
        payload, tag = msg.payload, self.tag or msg.topic
        if isinstance(payload, dict):
            return [_sample(f"{tag}/{key}" if tag else key, msg.time, payload[key], msg.quality) for key in payload]
        if not isinstance(payload, list | tuple):
            return [_sample(tag, msg.time, payload, msg.quality)]
        found = []
        for row in payload:
            if not isinstance(row, dict) or "value" not in row:
                raise BadData(f"{shown(row)} is no row: expected an object with value, and with tag, time, quality")
            time, quality = row.get("time", msg.time), row.get("quality", msg.quality)
            found.append(_sample(row.get("tag", tag), time, row["value"], quality))
        return found

    def _differs(self, sample: Sample) -> bool:
        kept = self._kept.get(sample.tag)
        if kept is None or kept.quality != sample.quality or math.isnan(kept.value) != math.isnan(sample.value):
            return True
        if self.longest and sample.time - kept.time >= self.longest * SECOND:
            return True
        return abs(sample.value - kept.value) > (self.deadband or 0.0)


def _sample(tag: Any, time: Any, value: Any, quality: Any) -> Sample:
    if not isinstance(tag, str) or not 0 < len(tag) <= LONGEST_TAG:
        raise BadData(
            f"{shown(tag)} is no tag: expected 1 to {LONGEST_TAG} characters; give the message a topic, or set 'tag'"
        )
    if not is_number(time) or not math.isfinite(time):
        raise BadData(f"time {shown(time)} of '{tag:.60}' is no number of seconds")
    if quality not in QUALITIES:
        raise BadData(f"quality {shown(quality)} of '{tag:.60}' is none of {', '.join(QUALITIES)}")
    place = QUALITIES.index(quality)
    if value is None:
        return Sample(tag, round(time * SECOND), math.nan, BAD)
    try:
        kept = float(value) if isinstance(value, bool) else number(value)
    except BadData as error:
        raise BadData(f"{error}: a historian keeps numbers and true/false (tag '{tag:.60}')") from None
    return Sample(tag, round(time * SECOND), kept, place)
