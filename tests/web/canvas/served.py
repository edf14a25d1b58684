"""A real installation for browser tests: service, engine and server on a free port, in a thread of this process."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import weakref
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from flowengine.registry import Registry
from flowengine.runtime import loop
from flowengine.service import Service
from flowengine.workers.settings import Workers
from flowengine_web.listening import WebSettings, claim
from flowengine_web.serving import Web
from flowengine_web.site import Site
from tests.web.patience import PATIENCE

T = TypeVar("T")

BEGINS_WITHIN = 2 * PATIENCE
"""Seconds in which a whole installation has begun, or ended."""


class Served:
    """One installation; it can be stopped and started again at the same address, as after a crash or an update."""

    def __init__(
        self,
        folder: Path,
        registry: Registry,
        workers: Workers | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Serve a folder; FLOWENGINE_TEST_WORKERS=1 in the environment: with workers, whatever the test says."""
        self.folder = folder
        self._environment = environment or {}
        self.was_stopped = False
        self._kept = socket.socket()
        """Bound, and never listening: while the server is away its port is given to nobody else."""
        self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._kept.bind(("127.0.0.1", 0))
        weakref.finalize(self, self._kept.close)
        self.port: int = self._kept.getsockname()[1]
        self._registry = registry
        self._workers = Workers() if os.environ.get("FLOWENGINE_TEST_WORKERS") else workers
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._web: Web | None = None
        self._service: Service | None = None

    @property
    def url(self) -> str:
        """Where the canvas is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def service(self) -> Service:
        """The running service; to be touched by `do` only."""
        assert self._service is not None
        return self._service

    @property
    def site(self) -> Site:
        """What is being served."""
        assert self._web is not None
        return self._web.running

    def do(self, function: Callable[[], T]) -> T:
        """Run a function on the engine's loop and return what it returns."""
        assert self._loop is not None
        done: Future[T] = Future()

        def call() -> None:
            try:
                done.set_result(function())
            except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
                done.set_exception(error)

        self._loop.call_soon_threadsafe(call)
        return done.result(PATIENCE)

    def start(self) -> None:
        """Serve; returns when the first request would be answered."""
        ready: Future[None] = Future()
        self._thread = threading.Thread(target=loop.run, args=(self._run(ready),), name="engine", daemon=True)
        self._thread.start()
        ready.result(BEGINS_WITHIN)

    def stop(self) -> None:
        """Stop; the browser loses its connection."""
        if self._thread is None or self._loop is None or self._stop is None:
            return
        self.was_stopped = True
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(BEGINS_WITHIN)
        assert not self._thread.is_alive(), "the server did not stop"
        self._thread = None

    def cookie(self, user: str) -> tuple[str, str]:
        """Begin a session of a user; returns name and value of its cookie."""
        token, _ = self.site.access.sessions.begin(user)
        return self.site.address.cookie, token

    async def _run(self, ready: Future[None]) -> None:
        try:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            self._service = Service(self.folder, self._registry, environment=self._environment, workers=self._workers)
            await self._service.start(strict=False, watch=True)
            settings = WebSettings(port=self.port)
            async with Web(self._service, settings, claim(settings)) as self._web:
                ready.set_result(None)
                await self._stop.wait()
            await self._service.stop(1)
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)
