"""A plug-in of a folder whose node cannot start."""

from __future__ import annotations

from pathlib import Path

from flowengine.registry import Registry

SOURCE = '''
from flowengine import Message, Transform

class Stuck(Transform, type="acme/stuck"):
    """Cannot start."""

    async def start(self) -> None:
        raise RuntimeError("the valve is stuck")

    def process(self, msg: Message) -> Message:
        return msg
'''


def with_stuck(place: Path) -> Registry:
    """Return all node types, `acme/stuck` among them."""
    folder = place / "plug-ins"
    folder.mkdir()
    (folder / "stuck.py").write_text(SOURCE)
    return Registry.discover([folder])
