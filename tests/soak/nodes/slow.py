"""A sink that takes its time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from flowengine import Actuator, Message


class Slow(Actuator, type="soak/slow"):
    """Write down the number of each message in a file, one after the other, with a pause after each."""

    file: Annotated[str, Meta(description="Where the numbers go, one a line")]
    pause: Annotated[float, Meta(ge=0, description="Seconds that each takes")] = 0.1

    async def start(self) -> None:
        """Open the file."""
        self._file = await asyncio.to_thread(Path(self.file).open, "a", buffering=1, encoding="utf-8")

    async def write(self, msg: Message) -> None:
        """Take a message."""
        await asyncio.sleep(self.pause)
        self._file.write(f"{msg.get('count')}\n")

    async def stop(self) -> None:
        """Close the file."""
        self._file.close()
