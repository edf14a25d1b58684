"""The order of the suite: what takes longest first, so that no worker is left with it alone at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

LONG = ("web", "soak", "e2e")
"""Folders of tests whose files take many seconds each: browsers and processes."""

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of the long folders first; within a folder the order stays."""
    items.sort(key=_is_short)


def _is_short(item: pytest.Item) -> bool:
    return item.path.relative_to(HERE).parts[0] not in LONG
