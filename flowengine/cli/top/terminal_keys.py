"""Keys of the terminal, one by one; where there is none, or it cannot be asked, nothing is ever pressed."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import threading
from collections.abc import Callable, Iterator

ARROWS = {"[A": "up", "[B": "down", "[5~": "page-up", "[6~": "page-down", "OA": "up", "OB": "down"}


@contextlib.contextmanager
def keys() -> Iterator[Callable[[float], list[str]]]:
    """Give what waits so many seconds at most and returns the keys pressed: characters, or words such as `up`."""
    try:
        import termios
        import tty
    except ImportError:  # Windows
        termios = None  # type: ignore[assignment]  # Windows has none
    if termios is None or not sys.stdin.isatty():
        yield _nothing
        return
    file = sys.stdin.fileno()
    before = termios.tcgetattr(file)
    tty.setcbreak(file)
    try:
        yield lambda seconds: _pressed(file, seconds)
    finally:
        termios.tcsetattr(file, termios.TCSADRAIN, before)


def _nothing(seconds: float) -> list[str]:
    threading.Event().wait(seconds)
    return []


def _pressed(file: int, seconds: float) -> list[str]:
    if not select.select([file], [], [], seconds)[0]:
        return []
    return split(os.read(file, 1024).decode("utf-8", "ignore"))


def split(text: str) -> list[str]:
    """Return the keys that make up what a terminal sends."""
    found: list[str] = []
    while text:
        if text[0] == "\x1b":
            arrow = next((code for code in ARROWS if text[1:].startswith(code)), None)
            found.append(ARROWS[arrow] if arrow is not None else "escape")
            text = text[1 + len(arrow) :] if arrow is not None else ""
        else:
            found.append({"\r": "enter", "\n": "enter", "\x7f": "back", "\x08": "back"}.get(text[0], text[0]))
            text = text[1:]
    return found
