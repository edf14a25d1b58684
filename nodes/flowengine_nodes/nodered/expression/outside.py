"""What an expression reads beside its msg: Node-RED's functions for contexts and variables."""

from __future__ import annotations

from typing import Any

from flowengine_nodes.nodered.message import MISSING
from flowengine_nodes.nodered.typed import from_context


def flow(node: Any, name: Any, store: Any = None) -> Any:
    """Return `$flowContext(name, store)`; MISSING where there is none."""
    return from_context(node, "flow", f"#:({store})::{name}" if store else name)


def everywhere(node: Any, name: Any, store: Any = None) -> Any:
    """Return `$globalContext(name, store)`; MISSING where there is none."""
    return from_context(node, "global", f"#:({store})::{name}" if store else name)


def variable(node: Any, name: Any) -> Any:
    """Return `$env(name)`; an unknown one is empty."""
    value = node.variable(name)
    return "" if value is MISSING else value


def millis(node: Any) -> int:
    """Return the time now in ms since 1970, as the clock of the engine has it."""
    now: float = node.clock.now()
    return round(now * 1000)
