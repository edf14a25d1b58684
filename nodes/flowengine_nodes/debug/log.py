"""The actuator `debug/log`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import Actuator, Message
from flowengine_nodes.values.properties import MISSING, reader

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class Log(Actuator, type="debug/log"):
    """Write messages to the log, to see what passes at a place in the flow.

    Writes one property (the payload), or the whole message, shortened to `length` characters. The canvas shows it in
    its debug drawer, whatever the level.

    Example: complete true shows payload, topic, time, quality and all else of every message.
    """

    property: Annotated[str, Meta(description="What to write: a property path such as payload.temperature")] = "payload"
    complete: Annotated[bool, Meta(description="Write the whole message instead")] = False
    level: Annotated[
        Literal["debug", "info", "warning", "error", "off"],
        Meta(description="Level in the log; off: only for the canvas"),
    ] = "info"
    length: Annotated[int, Meta(description="Characters written at most", ge=20, le=100_000)] = 1000
    show_status: Annotated[bool, Meta(description="Show the value under the node, too")] = False

    def __post_init__(self) -> None:
        self._level = _LEVELS.get(self.level)
        self._read = reader(self.property)

    def submit(self, msg: Message) -> Awaitable[None] | None:
        """Write the message; done at once."""
        self._show(msg)
        if self._level is not None and self.log.isEnabledFor(self._level):
            self.log.log(self._level, "%s", self._text(msg, self.length), extra={"shown": True})
        if self.show_status:
            self.status("ok", self._text(msg, 32))
        return None

    async def write(self, msg: Message) -> None:
        """Write the message."""
        self.submit(msg)

    def _show(self, msg: Message) -> None:
        if self.complete:
            self.show(msg.as_dict(), msg, "")
        else:
            value = self._read(msg)
            self.show("not set" if value is MISSING else value, msg, self.property)

    def _text(self, msg: Message, length: int) -> str:
        if self.complete:
            return shortened(msg.as_dict(), length)
        value = self._read(msg)
        return f"{self.property} is not set" if value is MISSING else shortened(value, length)


def shortened(value: Any, length: int) -> str:
    """Return a value as one line of text: a text as it is, anything else as JSON; cut with its full length named."""
    if isinstance(value, str):
        text, full = value[: length + 1], len(value)
    elif isinstance(value, bytes | bytearray):
        text, full = value[:length].hex(" "), 3 * len(value) - 1
    else:
        text = msgspec.json.encode(value, enc_hook=repr).decode()
        full = len(text)
    text = text.replace("\r", "\\r").replace("\n", "\\n")
    return text if full <= length else f"{text[:length]}… ({full} characters)"
