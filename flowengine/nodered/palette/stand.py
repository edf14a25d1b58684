"""What stands for an entry of Node-RED, and how its settings are read."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flowengine.flow.model import ConnectionSpec, NodeSpec
from flowengine.nodered.entries import Entry


@dataclass(frozen=True)
class Stand:
    """A node here for an entry there."""

    type: str
    options: dict[str, Any] = field(default_factory=dict)
    ports: tuple[str, ...] = ()
    """Our output for each of Node-RED's; one that is not named has none here."""
    connections: Mapping[str, str] = field(default_factory=dict)
    """Option that asks for a connection -> where the entry names its configuration node."""
    adapted: Callable[[Entry], dict[str, Any]] | None = None
    """The options by the configuration node that the entry names, where they depend on it."""
    own: ConnectionSpec | None = None
    """A connection that the entry's own settings make, for the option `connection`."""
    credentials: Mapping[str, str] = field(default_factory=dict)
    """Credential of the entry -> option of that connection."""
    beside: NodeSpec | None = None
    """A node that takes what comes to it, as it has no input itself."""
    reads: bool = False
    """It shows what that node shows."""
    told: bool = False
    """What it sends goes to that node, too."""
    through: bool = False
    """What comes to that node goes on to what follows the entry."""
    lost: tuple[str, ...] = ()
    """Settings that nothing here stands for."""
    changed: tuple[str, ...] = ()
    """What it does in another way, as sentences."""
    placeholder: str = ""
    """Why nothing can stand for this entry; then the rest does not count."""


@dataclass(frozen=True)
class Made:
    """The options of a connection for a configuration node."""

    options: dict[str, Any]
    credentials: Mapping[str, str] = field(default_factory=dict)
    """Credential there -> option here."""
    lost: tuple[str, ...] = ()
    """Settings that nothing here stands for."""


def number(entry: Entry, key: str, otherwise: float) -> float:
    """Return a setting as a number, whatever it was written as."""
    value = entry.get(key)
    try:
        found = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        found = otherwise
    return int(found) if found == int(found) and abs(found) < 2**53 else found


def whole(entry: Entry, key: str, otherwise: int, low: int, high: int) -> int:
    """Return a setting as a whole number between two bounds; `otherwise` where it is none."""
    found = number(entry, key, otherwise)
    return int(found) if low <= found <= high else otherwise


def text(entry: Entry, key: str, longest: int = 100) -> str:
    """Return a setting as text."""
    value = entry.get(key)
    return str(value)[:longest] if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def title(entry: Entry, *keys: str) -> dict[str, Any]:
    """Return the option `title` by the first setting that holds one without `{{...}}` or markup."""
    for key in (*keys, "name"):
        found = text(entry, key).strip()
        if found and "{{" not in found and "<" not in found:
            return {"title": found}
    return {}


def typed(value: Any, kind: Any) -> Any:
    """Return the value of a typed input that always gives the same.

    Raises:
        ValueError: what it gives depends on the message, a context or the time.
    """
    kind = kind or "str"
    if kind in ("str", ""):
        return value if isinstance(value, str) else "" if value is None else json.dumps(value)
    if kind == "num":
        found = number({"v": value}, "v", math.inf)
        if math.isfinite(found):
            return found
    elif kind == "bool":
        return value is True or value == "true"
    elif kind == "json":
        try:
            return json.loads(value) if isinstance(value, str) else value
        except (ValueError, RecursionError):
            pass
    raise ValueError(f"{kind} {value!r:.60}")


CAUGHT: Final = "what fails leaves by the error port, which is wired to what the catch nodes of the tab lead to"


def refused(reason: str) -> Callable[[Entry], Stand]:
    """Return what makes a placeholder of every entry."""
    return lambda entry: Stand("", placeholder=reason)


def stated(entry: Entry, key: str, otherwise: str) -> str:
    """Return a setting that says where something is.

    Raises:
        ValueError: a variable says it.
    """
    found = text(entry, key, 4000) or otherwise
    if "${" in found:
        raise ValueError(f"'{key}' is said by a variable; state it in a connection")
    return found
