"""JSON text to values and back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import BadData, Inline, Message, Transform
from flowengine_nodes.values.convert import shown
from flowengine_nodes.values.properties import MISSING, reader, writer


class Json(Transform, type="formats/json"):
    """Turn JSON text into a value, or a value into JSON text.

    With action auto, text and bytes are parsed and anything else is written as JSON; with parse, what is no text passes
    unchanged; with stringify, what is text passes unchanged. A message without the property passes unchanged.
    Text that is not JSON is bad data, as are bytes that are to be written. NaN and infinity are written as null.

    Example: the text `{"level": 4.2}` becomes an object with the field level.
    """

    property: Annotated[str, Meta(description="Which property to convert: a path such as payload")] = "payload"
    action: Annotated[
        Literal["auto", "parse", "stringify"], Meta(description="parse text, stringify values, or whichever fits")
    ] = "auto"
    pretty: Annotated[bool, Meta(description="Write over several lines, indented by four")] = False

    def __post_init__(self) -> None:
        """Make the property path ready."""
        self._read = reader(self.property)
        self._write = writer(self.property)

    def process(self, msg: Message) -> Message:
        """Parse or write."""
        value = self._read(msg)
        if value is MISSING:
            return msg
        new = self._converted(value)
        return msg if new is value else self._write(msg, new)

    def inline(self) -> Inline | None:
        """Return a call of the conversion."""
        if self.property != "payload":
            return None
        return Inline(payload="converted(payload)", names={"converted": self._converted})

    def _converted(self, value: Any) -> Any:
        if isinstance(value, str | bytes):
            if self.action != "stringify":
                return _parsed(value)
            if isinstance(value, str):
                return value
            raise BadData("bytes cannot be written as JSON: decode them first, with formats/text or formats/bytes")
        return value if self.action == "parse" else self._written(value)

    def _written(self, value: Any) -> str:
        try:
            text = msgspec.json.encode(value)
        except (TypeError, ValueError, RecursionError) as error:
            raise BadData(f"{shown(value)} cannot be written as JSON: {error}") from None
        return (msgspec.json.format(text, indent=4) if self.pretty else text).decode()


def _parsed(text: str | bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadData(f"{shown(text)} is not JSON: {error}") from None
