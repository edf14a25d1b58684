"""The transform `control/split-range`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from flowengine import Message, Port, Routed, Transform
from flowengine_nodes.signal.readings import usable


class SplitPart(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What one actuator does over its part of the controller's output."""

    port: Annotated[str, Meta(description="Name of the output port, such as heat", pattern="^[a-z][a-z0-9-]*$")]
    start: Annotated[float, Meta(description="Controller's output where its part begins")]
    end: Annotated[float, Meta(description="Controller's output where its part ends")]
    at_start: Annotated[float, Meta(description="What it gets at the begin of its part and before")] = 0.0
    at_end: Annotated[float, Meta(description="What it gets at the end of its part and beyond")] = 100.0


class SplitRange(Transform, type="control/split-range"):
    """Let one controller drive two actuators or more: split range.

    Each part says over which piece of the controller's output its actuator goes from `at_start` to `at_end`; before and
    beyond it stays there. Parts may overlap, or leave a gap between them in which nothing moves. Each part has an
    output port of its own, and each message leaves by all of them.

    A bad message leaves empty by all ports, quality bad; a message that is no number is refused.

    Example: cool from start 0 to end 50 with at_start 100 and at_end 0; heat from 50 to 100: at 75, cool gets 0 and
    heat 50.
    """

    parts: Annotated[
        list[SplitPart], Meta(description="The actuators, each with its part", min_length=1, max_length=50)
    ]

    def __post_init__(self) -> None:
        names = [part.port for part in self.parts]
        if len(set(names)) < len(names) or "error" in names:
            raise ValueError("each part needs a port name of its own, other than error")
        for part in self.parts:
            if part.start >= part.end:
                raise ValueError(f"part {part.port}: start ({part.start:g}) must be less than end ({part.end:g})")

    @classmethod
    def output_ports(cls, options: Mapping[str, Any]) -> tuple[Port, ...]:
        """Return one port for each part."""
        parts = options.get("parts") or []
        names = [part.port if isinstance(part, SplitPart) else part.get("port") for part in parts]
        return tuple(Port(str(name), "number") for name in names if name) or cls.outputs

    def process(self, msg: Message) -> list[Routed]:
        """Return what each actuator gets."""
        value = usable(msg.payload, msg.quality)
        if value is None:
            empty = msg.replace(payload=None, quality="bad")
            return [empty.to(part.port) for part in self.parts]
        return [msg.with_payload(share(part, value)).to(part.port) for part in self.parts]


def share(part: SplitPart, value: float) -> float:
    """Return what an actuator gets for a controller's output."""
    way = min(max((value - part.start) / (part.end - part.start), 0.0), 1.0)
    return part.at_start * (1.0 - way) + part.at_end * way
