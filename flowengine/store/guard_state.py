"""What of the guard outlasts its process: latches, modes, fencing numbers, and which envelope was in force last."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from flowengine.flow.file import write_text

FILE: Final = "guard.json"
ACCEPTED: Final = "envelope-accepted.json"


def read_state(file: Path) -> dict[str, Any] | None:
    """Return what was kept; None: nothing ever was. What cannot be read is an empty state, which stops everything."""
    try:
        found = msgspec.json.decode(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_state(file: Path, state: dict[str, Any]) -> None:
    """Keep a state; it is on disk when this returns.

    Raises:
        OSError: it cannot be written.
    """
    write_text(file, msgspec.json.encode(state).decode())
