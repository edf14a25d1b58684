"""The escapes that Node-RED's forms know: `\\n`, `\\r`, `\\t`, `\\e`, `\\f`, `\\0`."""

from __future__ import annotations

_MARKS = (("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t"), ("\\e", "e"), ("\\f", "\f"), ("\\0", "\0"))


def unescaped(text: str) -> str:
    """Return a text with its escapes as characters (`\\e` is an e, as in JavaScript)."""
    for mark, char in _MARKS:
        text = text.replace(mark, char)
    return text
