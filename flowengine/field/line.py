"""A worker's line to the field process: it may be lost, and comes again when the parent has started another."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, Final, Protocol

from flowengine.errors import Retryable
from flowengine.field import frames
from flowengine.processes.link import Frame, Link, LinkLost

PATIENCE: Final = 20.0
"""Seconds that the start of a node waits for the line."""


class Post(Protocol):
    """What the line needs of a stand-in."""

    def hear(self, event: Any) -> None:
        """Take in what its node says."""

    def lost(self) -> None:
        """Hear that the line is lost."""

    async def reopen(self) -> None:
        """Start its node again, in another field process."""


class Line:
    """Joins a worker's stand-ins with the field process, and with the next one when that has ended."""

    def __init__(self) -> None:
        self._link: Link | None = None
        self._there = asyncio.Event()
        self._posts: dict[int, Post] = {}
        self._last = 0
        self._work: set[asyncio.Future[Any]] = set()

    def enter(self, post: Post) -> int:
        """Take in a stand-in; returns the number of its node from now on."""
        self._last += 1
        self._posts[self._last] = post
        return self._last

    def leave(self, number: int) -> None:
        """Forget a stand-in."""
        self._posts.pop(number, None)

    # --- speaking ---

    async def there(self) -> None:
        """Return when there is a line.

        Raises:
            Retryable: there is none for a long time.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                await self._there.wait()
        except TimeoutError as error:
            raise Retryable("the field process, which holds the sockets to the devices, does not run") from error

    async def ask(self, request: Frame) -> Any:
        """Ask the field process for something.

        Raises:
            Retryable: it is being started again; or what it raises.
        """
        link = self._link
        if link is None:
            raise Retryable("the field process is being started again")
        try:
            return await link.ask(request)
        except LinkLost as error:
            text = "the field process has ended meanwhile: whether the device was reached is not known"
            raise Retryable(text) from error

    def tell(self, event: Frame) -> None:
        """Tell the field process something; forgotten while there is no line."""
        if self._link is not None:
            self._link.tell(event)

    def beat(self) -> None:
        """Say that the worker gets on."""
        if self._posts:
            self.tell(frames.Alive())

    # --- its life ---

    def take(self, door: socket.socket) -> None:
        """Take in what comes by the door: the socket of a new line."""
        try:
            raw, files, _, _ = socket.recv_fds(door, 100, 1)
        except (BlockingIOError, ConnectionResetError):
            return
        if not raw:
            asyncio.get_running_loop().remove_reader(door.fileno())
            return
        self._do(self._begin(socket.socket(fileno=files[0])))

    async def _begin(self, end: socket.socket) -> None:
        old, self._link = self._link, None
        if old is not None:
            old.close()
        link = Link(frames.from_field, self._hear, None, lambda: self._lost(link))
        await link.open(end)
        self._link = link
        self._there.set()
        for post in list(self._posts.values()):
            self._do(post.reopen())

    def _lost(self, link: Link) -> None:
        if link is self._link:
            self._link = None
            self._there.clear()
            for post in list(self._posts.values()):
                post.lost()

    def _hear(self, event: Any) -> None:
        post = self._posts.get(event.number)
        if post is not None:
            post.hear(event)

    def _do(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
