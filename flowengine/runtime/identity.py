"""What tells messages apart: ids, and in a flow that is delivered effectively once keys that a replay repeats.

After a crash such a flow goes on from its last checkpoint, and sources bring again what came after. Each message gets
the id that it had the first time: the number of what its source has brought, counted from the checkpoint on, with a
fingerprint of what it says. So a sink that sees the same message again sees the same key.
"""

from __future__ import annotations

import hashlib
import uuid
import zlib
from typing import Any, Final

import msgspec

from flowengine.message import Message
from flowengine.store.packing import pack_plain

KEY: Final = "delivery_key"
"""The property that carries a message's key to a sink."""

LEFT_OUT: Final = ("dup", KEY)
"""Properties that do not count for the key: they may differ when a message is brought again (MQTT's `dup`)."""


class Identity:
    """The ids of one flow's messages."""

    def __init__(self) -> None:
        self._epoch = uuid.uuid4().hex[:10]
        self._made = 0
        self._brought: dict[str, int] = {}

    def new_id(self) -> str:
        """Return the id for a message that has none."""
        self._made += 1
        return f"{self._epoch}-{self._made}"

    def named(self, source: str, batch: list[Message]) -> list[Message]:
        """Return what a source has brought with the ids that the same messages get when they are brought again."""
        first = self._brought.get(source, 0)
        self._brought[source] = first + len(batch)
        return [
            msg if msg.id else msgspec.structs.replace(msg, id=f"{self._epoch}-{source}-{number}-{_print(msg):08x}")
            for number, msg in enumerate(batch, first)
        ]

    def state(self) -> dict[str, Any]:
        """Return the counters, to be stored with a checkpoint."""
        return {"epoch": self._epoch, "made": self._made, "brought": self._brought}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from stored counters."""
        self._epoch, self._made = str(state["epoch"]), int(state["made"])
        self._brought = {str(name): int(number) for name, number in state["brought"].items()}


def keyed(flow: str, node: str, msg: Message) -> Message:
    """Return a message with the key by which the other side of a sink knows it when it comes again.

    It is made of the sink, the id and what the message says, but not when: two messages that are alike in all of that
    are one.
    """
    digest = hashlib.blake2b(f"{flow}\0{node}\0{msg.id}\0".encode(), digest_size=12)
    digest.update(_said(msg))
    return msg.with_properties(**{KEY: digest.hexdigest()})


def _print(msg: Message) -> int:
    return zlib.crc32(_said(msg))


def _said(msg: Message) -> bytes:
    properties = {name: value for name, value in msg.properties.items() if name not in LEFT_OUT}
    return pack_plain([msg.topic, msg.payload, msg.quality, properties])
