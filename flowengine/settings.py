"""What an installation sets from outside: environment and secrets."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

STATE_FOLDER = ".flowengine"
"""The folder beside the flows where the engine keeps what must survive: dead letters, later state and revisions."""


SECRET = "FLOWENGINE_SECRET_"
"""What the names of variables begin with that hold secrets."""
HIDDEN = "FLOWENGINE_SECRET"
"""What the names of variables begin with that flows cannot name: secrets, and the key to them."""

NO_CODE = "FLOWENGINE_NO_CODE"
"""The variable that, set to anything but 0 or nothing, keeps every node from running that runs code."""

FOLDER = "FLOWENGINE_FOLDER"
"""The variable in which nodes find the folder of the flows that run; the engine sets it."""

RECORD_HOURS = "FLOWENGINE_RECORD_HOURS"
"""The variable that says for how many hours it is kept what the sources of flows at machines bring; 0: not at all."""

_store: Callable[[str], str | None] | None = None

_given: set[str] = set()
"""The secrets that have been asked for: what must be blacked out wherever text leaves the engine."""


def environment() -> Mapping[str, str]:
    """Return the variables that `${NAME}` in flow files may use: those of the process, but for secrets."""
    return {name: value for name, value in os.environ.items() if not name.startswith(HIDDEN)}


def secret(name: str) -> str | None:
    """Return the secret that `${secret:name}` stands for, or None.

    It is looked for in the variable `FLOWENGINE_SECRET_<NAME>` (upper case, `-` as `_`), then as a file of that name
    in the folder `FLOWENGINE_SECRETS_DIR` (by default /run/secrets, where containers mount them), then among those that
    `flowengine secrets set` has kept.
    """
    value = _find(name)
    if value is None and _store is not None:
        value = _store(name)
    if value:
        _given.add(value)
    return value


def code_allowed() -> bool:
    """Say whether nodes may run that run code of their own: Python, JavaScript, commands."""
    return os.environ.get(NO_CODE, "") in ("", "0")


def record_hours() -> float:
    """Return for how many hours it is kept what the sources of flows at machines bring: a day, or what is set.

    Raises:
        ValueError: what is set is no number of hours.
    """
    text = os.environ.get(RECORD_HOURS) or "24"
    try:
        hours = float(text)
    except ValueError:
        hours = -1.0
    if not 0 <= hours <= 8760:
        raise ValueError(f"{RECORD_HOURS} is {text[:40]!r}: write a number of hours from 0 (off) to 8760 (a year)")
    return hours


def keep_secrets_in(store: Callable[[str], str | None]) -> None:
    """Say where secrets are found that neither a variable nor a file holds."""
    global _store
    _store = store


def secrets_in_use() -> list[str]:
    """Return the values of all secrets that have been given out, the longest first."""
    return sorted(list(_given), key=len, reverse=True)


def _find(name: str) -> str | None:
    value = os.environ.get(SECRET + name.upper().replace("-", "_"))
    if value is not None:
        return value
    file = Path(os.environ.get("FLOWENGINE_SECRETS_DIR", "/run/secrets")) / name
    if "/" in name or "\\" in name or name.startswith(".") or not file.is_file():
        return None
    return file.read_text(encoding="utf-8").rstrip("\n")
