"""The source `timing/inject`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import Message, Source, only_with, path, unit
from flowengine_nodes.timing.constant import constant


class Inject(Source, type="timing/inject"):
    """Send a message by hand, at the start, or again and again.

    Press its button to send the message now. `once` sends it when the flow starts, `repeat` every so many seconds.
    For times of day use timing/schedule.

    Example: value {"setpoint": 180}, further properties {"unit": "degC"}.
    """

    send: Annotated[
        Literal["timestamp", "value"],
        Meta(description="What to send: the time in seconds since 1970, or the value below"),
    ] = "timestamp"
    value: Annotated[
        Any, Meta(description="The payload when 'send' says value: any JSON value"), only_with(send="value")
    ] = None
    topic: Annotated[str, Meta(description="Topic of the message")] = ""
    properties: Annotated[
        dict[str, Any], Meta(description="Further properties of the message: property path to value")
    ] = {}
    once: Annotated[bool, Meta(description="Send the message when the flow starts")] = False
    once_delay: Annotated[
        float,
        Meta(description="Wait this long before the first message", ge=0, extra_json_schema=unit("s")),
        only_with(once=True),
    ] = 0.1
    repeat: Annotated[
        Annotated[float, Meta(ge=0.001)] | None,
        Meta(description="Send it again at this interval; empty: no repeat", extra_json_schema=unit("s")),
    ] = None

    def __post_init__(self) -> None:
        for name in self.properties:
            path.parse(name)
        self._message(0.0)  # a property that does not fit is refused here, not at the press of the button

    @classmethod
    def sends(cls, options: Mapping[str, Any], port: str) -> tuple[float, float] | None:
        """Return the number that it always sends, where it is one."""
        return constant(options.get("value")) if options.get("send") == "value" else None

    async def run(self) -> AsyncIterator[Message]:
        """Send as the options say; returns when nothing more comes by itself."""
        clock = self.clock
        begin = clock.monotonic()
        if self.once:
            await clock.sleep(self.once_delay)
            begin = clock.monotonic()
            yield self._message(clock.now())
        tick = 1
        while self.repeat is not None:
            await clock.sleep(begin + tick * self.repeat - clock.monotonic())
            yield self._message(clock.now())
            tick = max(tick + 1, int((clock.monotonic() - begin) / self.repeat + 1e-6))

    def pressed(self) -> Message | None:
        """Return the message, stamped with the time of the press."""
        return self._message(self.clock.now())

    def _message(self, now: float) -> Message:
        msg = Message(now if self.send == "timestamp" else self.value, topic=self.topic, time=now)
        for name, value in self.properties.items():
            msg = msg.set(name, value)
        return msg
