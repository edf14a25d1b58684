"""The source `files/watch`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import Message, Retryable, Source, State, unit
from flowengine_nodes.files.snapshot import Event, Mark, TooManyFiles, changes, look


class Watch(Source, type="files/watch"):
    """Send a message when a file is created, changed or deleted.

    Looks at a folder, at a single file, or at the files that a pattern such as /data/in/*.csv matches, every
    `interval` seconds; that works on network shares, too. The payload is the path; msg.event says created, changed or
    deleted, msg.file is the name and msg.size the size in bytes. A file that is written and deleted between two looks
    is not seen.

    With `settled` a file is reported only when it has not changed between two looks, so that nobody reads one that is
    still being written. What has been reported is kept: what happened while the flow was stopped is reported after.

    Example: path /data/in/*.csv, events created, settled on, then files/read.
    """

    path: Annotated[str, Meta(description="A folder, a file, or a folder with a pattern for names", min_length=1)]
    recursive: Annotated[bool, Meta(description="Look into the folders inside, too")] = False
    events: Annotated[list[Literal["created", "changed", "deleted"]], Meta(description="What to report")] = [
        "created",
        "changed",
        "deleted",
    ]
    existing: Annotated[bool, Meta(description="Report files that are there at the start as created")] = False
    settled: Annotated[bool, Meta(description="Report a file only when it has stopped changing")] = False
    interval: Annotated[float, Meta(description="How often to look", ge=0.05, extra_json_schema=unit("s"))] = 1.0
    most: Annotated[int, Meta(description="Files watched at most; more is an error", ge=1, le=1_000_000)] = 10_000
    topic: Annotated[str, Meta(description="Topic of the messages; empty: the path watched")] = ""
    known: State[dict[str, Mark] | None] = None
    watched: State[str] = ""
    """Where the known files are."""

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that others may change what it watches."""
        return [("takes", "engine/files/#")]

    def __post_init__(self) -> None:
        self._place = f"{self.path} and below" if self.recursive else f"{self.path}"
        self.watched = self._place

    async def run(self) -> AsyncIterator[list[Message]]:
        """Look again and again."""
        if self.known is None:
            self.known = {} if self.existing else await self._look()
        pending: dict[str, Mark] = {}  # seen new or changed, not settled yet
        while True:
            known = self.known
            now = await self._look()
            if self.settled:
                moving = {
                    path: mark for path, mark in now.items() if known.get(path) != mark and pending.get(path) != mark
                }
                # What still moves keeps the mark that was reported last, or stays unknown.
                still = {path: known[path] for path in moving if path in known}
                pending = moving
                now = {path: mark for path, mark in now.items() if path not in moving} | still
            found = changes(known, now)
            self.known = now
            messages = [self._message(event, path, now) for event, path in found if event in self.events]
            if messages:
                yield messages
            await self.clock.sleep(self.interval)

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back which files are known, if they are those of this place."""
        known = state.get("known") if state.get("watched", self._place) == self._place else None
        self.known = None if known is None else {path: Mark(*mark) for path, mark in known.items()}

    async def _look(self) -> dict[str, Mark]:
        try:
            return await self.blocking(look, self.path, self.recursive, self.most)
        except TooManyFiles as error:
            raise Retryable(f"{error}: raise 'most' or watch a smaller folder") from None
        except OSError as error:
            raise Retryable(f"cannot look at {self.path}: {error.strerror or error}") from error

    def _message(self, event: Event, path: str, now: dict[str, Mark]) -> Message:
        size = now[path].size if path in now else None
        properties = {"event": event, "file": Path(path).name, "size": size}
        return Message(path, topic=self.topic or self.path, time=self.clock.now(), properties=properties)
