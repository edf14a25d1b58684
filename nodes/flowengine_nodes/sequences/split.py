"""The transform `sequences/split`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from flowengine import BadData, Message, State, Transform
from flowengine_nodes.sequences.parts import Parts, PartType
from flowengine_nodes.values.convert import shown
from flowengine_nodes.values.properties import reader, writer

Pieces = tuple[PartType, Sequence[Any], Sequence[str] | None]


class Split(Transform, type="sequences/split"):
    r"""Send each part of a value as a message of its own.

    A list is split into its values, an object into its properties, a text or bytes at a separator or into pieces of
    fixed length. Each message carries `msg.parts` (id, index, count, type, key), by which sequences/join and
    sequences/sort put them together again, also after further nodes. An empty value sends nothing.

    Example: the payload [1, 2, 3] becomes three messages with the payloads 1, 2 and 3.
    """

    separator: Annotated[
        str, Meta(description=r"Where to split a text or bytes; \n, \t and \r stand for line end, tab and return")
    ] = "\\n"
    length: Annotated[
        Annotated[int, Meta(ge=1)] | None, Meta(description="Split texts and bytes into pieces of this length instead")
    ] = None
    chunk: Annotated[int, Meta(description="Values of a list per message; above 1 each is a list", ge=1)] = 1
    key_property: Annotated[
        str, Meta(description="For objects: also copy the property's name here, such as topic; empty: nowhere")
    ] = ""
    property: Annotated[str, Meta(description="What to split")] = "payload"
    most: Annotated[int, Meta(description="Parts at most; a value with more is refused", ge=1)] = 100_000
    number: State[int] = 0

    def __post_init__(self) -> None:
        self._separator = self.separator.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r")
        if not self._separator and self.length is None:
            raise ValueError("give a separator, or a length to split texts by")
        self._read = reader(self.property)
        self._write = writer(self.property)
        self._write_key: Callable[[Message, Any], Message] | None = (
            writer(self.key_property) if self.key_property else None
        )

    def process(self, msg: Message) -> list[Message]:
        """Return one message per part."""
        kind, values, keys = self._pieces(self._read(msg))
        if len(values) > self.most:
            raise BadData(f"{self.property} has {len(values)} parts; at most {self.most} are split (option most)")
        self.number += 1
        sequence = f"{msg.id}/{self.number}"
        outer = msg.properties.get("parts")
        separator = "" if kind in ("array", "object") or self.length is not None else self._separator
        return [
            self._part(
                msg,
                value,
                Parts(
                    id=sequence,
                    index=index,
                    count=len(values),
                    type=kind,
                    key=None if keys is None else keys[index],
                    ch=separator,
                    len=self.chunk if kind == "array" else 1,
                    parts=outer,
                ),
            )
            for index, value in enumerate(values)
        ]

    def _part(self, msg: Message, value: Any, parts: Parts) -> Message:
        properties = {**msg.properties, "parts": msgspec.to_builtins(parts)}
        made = self._write(msg.replace(properties=properties), value)
        return made if self._write_key is None or parts.key is None else self._write_key(made, parts.key)

    def _pieces(self, value: Any) -> Pieces:
        if isinstance(value, list | tuple):
            if self.chunk == 1:
                return "array", value, None
            return "array", [list(value[i : i + self.chunk]) for i in range(0, len(value), self.chunk)], None
        if isinstance(value, dict):
            return "object", list(value.values()), [str(key) for key in value]
        if isinstance(value, str):
            return "string", self._cut(value, self._separator), None
        if isinstance(value, bytes | bytearray):
            return "buffer", self._cut(bytes(value), self._separator.encode()), None
        raise BadData(f"{self.property} is {shown(value)}; expected a list, an object, a text or bytes to split")

    def _cut(self, value: Any, separator: Any) -> Sequence[Any]:
        if not value:
            return []
        if self.length is None:
            pieces: Sequence[Any] = value.split(separator)
            return pieces
        return [value[i : i + self.length] for i in range(0, len(value), self.length)]
