"""Bytes to text and back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import BadData, Inline, Message, Transform
from flowengine_nodes.values.convert import as_text, shown
from flowengine_nodes.values.properties import MISSING, reader, writer


class Text(Transform, type="formats/text"):
    """Turn bytes into text, or text into bytes.

    With action auto, bytes become text and everything else becomes bytes (a number or object as it is written). With
    decode, what is no bytes passes unchanged; with encode, bytes pass unchanged.

    Example: a barcode reader's bytes, encoding ascii, become the text of the code.
    """

    property: Annotated[str, Meta(description="Which property to convert: a path such as payload")] = "payload"
    action: Annotated[
        Literal["auto", "decode", "encode"], Meta(description="decode bytes, encode text, or whichever fits")
    ] = "auto"
    encoding: Annotated[
        Literal[
            "utf-8", "ascii", "latin-1", "cp1252", "utf-16-le", "utf-16-be", "cp437", "cp850", "shift_jis", "gb18030"
        ],
        Meta(description="How characters are written as bytes"),
    ] = "utf-8"
    errors: Annotated[
        Literal["strict", "replace", "ignore"],
        Meta(description="What becomes of what does not fit: bad data, a replacement character, or nothing"),
    ] = "strict"

    def __post_init__(self) -> None:
        """Make the property path ready."""
        self._read = reader(self.property)
        self._write = writer(self.property)

    def process(self, msg: Message) -> Message:
        """Decode or encode."""
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
        try:
            if isinstance(value, bytes):
                return value if self.action == "encode" else value.decode(self.encoding, self.errors)
            return value if self.action == "decode" else as_text(value).encode(self.encoding, self.errors)
        except UnicodeError as error:
            raise BadData(f"{shown(value)} is not {self.encoding}: {error}") from None
