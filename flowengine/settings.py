"""What an installation sets from outside: environment and secrets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

STATE_FOLDER = ".flowengine"
"""The folder beside the flows where the engine keeps what must survive: dead letters, later state and revisions."""


SECRET = "FLOWENGINE_SECRET_"
"""What the names of variables begin with that hold secrets."""

_given: set[str] = set()
"""The secrets that have been asked for: what must be blacked out wherever text leaves the engine."""


def environment() -> Mapping[str, str]:
    """Return the variables that `${NAME}` in flow files may use: those of the process, but for secrets."""
    return {name: value for name, value in os.environ.items() if not name.startswith(SECRET)}


def secret(name: str) -> str | None:
    """Return the secret that `${secret:name}` stands for, or None.

    It is looked for in the variable `FLOWENGINE_SECRET_<NAME>` (upper case, `-` as `_`), then as a file of that name
    in the folder `FLOWENGINE_SECRETS_DIR` (by default /run/secrets, where containers mount them).
    """
    value = _find(name)
    if value:
        _given.add(value)
    return value


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
