"""The build backend of `pip install .`: hatchling, with the canvas built before it packs.

Node.js is asked for from PyPI only where it is needed: the canvas is stale and PATH has no usable one.
"""

from __future__ import annotations

from hatchling import build as hatchling

import canvas

Settings = dict[str, object] | None


def _tools() -> list[str]:
    needed = not (canvas.is_skipped() or canvas.is_fresh() or canvas.node_on_path())
    return [canvas.NODE_PACKAGE] if needed else []


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    """Return what building a wheel needs."""
    return [*hatchling.get_requires_for_build_wheel(config_settings), *_tools()]


def get_requires_for_build_editable(config_settings: Settings = None) -> list[str]:
    """Return what an editable install needs."""
    return [*hatchling.get_requires_for_build_editable(config_settings), *_tools()]


def get_requires_for_build_sdist(config_settings: Settings = None) -> list[str]:
    """Return what building an sdist needs: it carries the canvas, so that installing from it needs no Node.js."""
    return [*hatchling.get_requires_for_build_sdist(config_settings), *_tools()]


def build_wheel(folder: str, config_settings: Settings = None, metadata: str | None = None) -> str:
    """Build the canvas, then the wheel."""
    canvas.build()
    return hatchling.build_wheel(folder, config_settings, metadata)


def build_editable(folder: str, config_settings: Settings = None, metadata: str | None = None) -> str:
    """Build the canvas, then the editable wheel."""
    canvas.build()
    return hatchling.build_editable(folder, config_settings, metadata)


def build_sdist(folder: str, config_settings: Settings = None) -> str:
    """Build the canvas, then the sdist."""
    canvas.build()
    return hatchling.build_sdist(folder, config_settings)
