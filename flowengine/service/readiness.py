"""Whether what should run does, and whether what should be kept can be."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from flowengine.service.service import Service

LEAST_FREE: Final = 1024 * 1024
"""Bytes that must be free on the disk for a store to count as writable."""


def wanted(service: Service) -> dict[str, str]:
    """Return the flows that should run, and why they do not; empty: they do. From any thread.

    Those that are disabled, that somebody has stopped, or that nobody has taken from disk yet, should not.
    """
    found: dict[str, str] = {}
    for flow in service.summary().flows:
        if flow.state == "running":
            found[flow.name] = ""
        elif flow.revision and flow.state in ("broken", "failed"):
            found[flow.name] = flow.error or flow.state
    return found


def unwritable(folder: Path) -> tuple[str, ...]:
    """Return why nothing can be kept in the folder for what must survive; empty: it can."""
    if not os.access(folder, os.W_OK):
        return ("the state folder cannot be written",)
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return (f"the state folder cannot be looked at: {error.strerror}",)
    return () if free >= LEAST_FREE else ("the disk is full",)
