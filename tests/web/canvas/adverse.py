"""A bad day for browser tests: FLOWENGINE_ADVERSE=<seed> makes pages slow and lets all that they ask for come late.

What a test takes for done shows itself there: an expectation that held before the click, a row that is drawn anew
beneath the pointer. How late an answer is follows from the seed, the path, and how often it has been asked for.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from playwright.sync_api import Page

from flowengine_web.server import PlainServer

SEED: Final = os.environ.get("FLOWENGINE_ADVERSE", "")
LATEST: Final = 0.4
"""Seconds: before a request is looked at, before its answer goes out, and before each piece of a stream, at most."""
SLOWER: Final = 6
"""So many times as long a page takes for whatever it computes."""

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Late:
    """An application that takes its time."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._asked = Counter[str]()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        """Answer a request, late."""
        path = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
        self._asked[path] += 1
        chance = random.Random(f"{SEED} {path} {self._asked[path]}")
        time.sleep(chance.uniform(0, LATEST))
        pieces = self._app(environ, start_response)
        return _late(pieces, chance)


def _late(pieces: Iterable[bytes], chance: random.Random) -> Iterator[bytes]:
    try:
        for piece in pieces:
            time.sleep(chance.uniform(0, LATEST))
            yield piece
    finally:
        if close := getattr(pieces, "close", None):
            close()


@contextmanager
def late_answers() -> Iterator[None]:
    """Have every server that begins meanwhile answer late, if it is a bad day."""
    with pytest.MonkeyPatch.context() as patch:
        if SEED:
            patch.setattr("flowengine_web.serving.PlainServer", lambda app, *more: PlainServer(Late(app), *more))
        yield


def slow_down(page: Page) -> None:
    """Make a page slow, if it is a bad day."""
    if SEED:
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
