"""Context: values that nodes share within a node, a flow, or everywhere, as Node-RED users know it."""

from __future__ import annotations

from typing import Any

from flowengine import path


class MemoryContext:
    """Shared values in a dict; names are property paths (`counts.total`)."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.changes = 0
        """How often anything has been set."""

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value at a property path."""
        return path.get(self.values, path.parse(key), default)

    def set(self, key: str, value: Any) -> None:
        """Keep a value; None forgets it.

        Raises:
            ValueError: something on the way is neither a dict nor a list.
        """
        keys = path.parse(key)
        self.changes += 1
        self.values = path.remove(self.values, keys) if value is None else path.put(self.values, keys, value)

    def restore(self, values: dict[str, Any]) -> None:
        """Take back all values."""
        self.values = values
        self.changes += 1

    def keys(self) -> list[str]:
        """Return the names at the top level."""
        return list(self.values)
