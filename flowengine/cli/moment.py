"""A moment as people and files read it."""

from __future__ import annotations

import datetime


def moment(seconds: float) -> str:
    """Write seconds since 1970-01-01 UTC as `2026-01-31T23:59:59Z`."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
