"""What holds for the whole suite: its order, and that no property is judged by the clock."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("no-deadline", deadline=None)  # on a busy computer an example takes what it takes
settings.load_profile("no-deadline")

LONG = ("web", "soak", "e2e")
"""Folders of tests whose files take many seconds each: browsers and processes."""

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files of the long folders first, so that no worker is left with one alone at the end."""
    items.sort(key=_is_short)


def _is_short(item: pytest.Item) -> bool:
    return item.path.relative_to(HERE).parts[0] not in LONG
