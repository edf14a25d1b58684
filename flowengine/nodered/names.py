"""Readable names of flows, nodes and connections, made of what people called them in Node-RED."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

LONGEST: Final = 60
_REST = re.compile(r"[^A-Za-z0-9_]+")
_TRANSLITERATED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "°": "deg"}
)


def readable(text: Any, otherwise: str) -> str:
    """Return a name of letters, digits, `_` and `-`."""
    plain = unicodedata.normalize("NFKD", str(text or "")[:500].translate(_TRANSLITERATED))
    plain = plain.encode("ascii", "ignore").decode()
    name = _REST.sub("-", plain).strip("-_")[:LONGEST].strip("-_").lower()
    return name or otherwise


class Names:
    """Gives each thing a name that nothing else has."""

    def __init__(self, taken: tuple[str, ...] = ()) -> None:
        self._taken = set(taken)
        self._next: dict[str, int] = {}

    def give(self, text: Any, otherwise: str) -> str:
        """Return a free name made of a text."""
        base = readable(text, otherwise)
        name, number = base, self._next.get(base, 2)
        while name in self._taken:
            name = f"{base}-{number}"
            number += 1
        self._next[base] = number
        self._taken.add(name)
        return name
