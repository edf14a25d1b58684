"""The transform `debug/counter`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from flowengine import Message, State, Transform
from flowengine_nodes.values.properties import writer


class Counter(Transform, type="debug/counter"):
    """Count messages and pass them on.

    The count is kept over restarts. With `property` each message carries the count.

    Example: property count sets msg.count to 1, 2, 3 and so on.
    """

    property: Annotated[str, Meta(description="Where to write the count, such as count; empty: nowhere")] = ""
    count: State[int] = 0

    def __post_init__(self) -> None:
        self._write = writer(self.property) if self.property else None

    def process(self, msg: Message) -> Message:
        """Count one."""
        self.count += 1
        return msg if self._write is None else self._write(msg, self.count)
