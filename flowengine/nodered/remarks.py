"""What nodes use that cannot be had here, as the report says it at the import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from flowengine.nodered.entries import Entry

_NAMES: Final = re.compile(
    r"\b(Intl\.(?!DateTimeFormat|NumberFormat|Collator)\w+)|\b(node\.linkcall)\b|\b(WebAssembly)\s*\."
)
_MOMENT: Final = re.compile(r"\$moment\s*\(")
_OTHERWISE: Final = "write what they do into the function, or use nodes that do it"


class Remark(NamedTuple):
    """One such thing, and what to do about it."""

    text: str
    hint: str


def remarks(entry: Entry) -> Iterator[Remark]:
    """Yield what a node uses that cannot be had here."""
    if entry["type"] == "function":
        libraries = entry.get("libs")
        if isinstance(libraries, list) and libraries:
            modules = ", ".join(str(lib.get("module")) for lib in libraries if isinstance(lib, dict))
            yield Remark(f"uses modules that cannot be had here: {modules}", _OTHERWISE)
        code = "\n".join(str(entry.get(key, "")) for key in ("func", "initialize", "finalize"))
        names = ", ".join(dict.fromkeys(found[0].rstrip(" .") for found in _NAMES.finditer(code)))
        if names:
            yield Remark(f"uses names of JavaScript that are not there here: {names}", _OTHERWISE)
    elif any(_MOMENT.search(text) for text in _texts(entry)):
        hint = "use $now, $millis, $fromMillis and $toMillis with a picture, or a function node"
        yield Remark("its expressions use $moment, which is not there here", hint)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
