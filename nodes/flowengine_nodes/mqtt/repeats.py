"""Leaves out what a publisher sends again after a crash: by the key that it gives each message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

KEY: Final = "delivery-key"
"""The user property that tells subscribers by which key they know a message when it comes twice."""

REMEMBERED: Final = 2000
"""Keys that are remembered: what a publisher may send again is what it had under way."""


MOST_UNDER_WAY: Final = 20_000
"""Keys of messages on their way into the flow: more than may wait there."""


class Repeats:
    """The keys of the last messages."""

    def __init__(self, known: dict[str, int], most: int = REMEMBERED) -> None:
        """Go on with what was remembered: keys in the order in which they came; kept up to date."""
        self._known, self._most = known, most
        self._under_way: dict[str, None] = {}
        """Keys of messages that have come and are not taken yet: after a crash those come again."""

    def repeated(self, properties: Mapping[str, Any]) -> bool:
        """Say whether a message has come before."""
        key = key_of(properties)
        if not key:
            return False
        if key in self._known or key in self._under_way:
            return True
        self._under_way[key] = None
        if len(self._under_way) > MOST_UNDER_WAY:  # dropped ones are never taken
            del self._under_way[next(iter(self._under_way))]
        return False

    def taken(self, properties: Mapping[str, Any]) -> None:
        """Remember a message that has been taken."""
        key = key_of(properties)
        if key:
            self._under_way.pop(key, None)
            self._known[key] = 1
            if len(self._known) > self._most:
                del self._known[next(iter(self._known))]


def key_of(properties: Mapping[str, Any]) -> str:
    """Return a message's key; empty: it has none."""
    found = properties.get("user_properties")
    key = found.get(KEY) if found else None
    return key if isinstance(key, str) else ""
