"""What msgspec knows of a type is made whole before threads use it.

At its first use msgspec looks into a Struct, and keeps at the class what it finds: at once, since a type may contain
itself, and so before it is whole. A second thread that uses the type in that moment reads what is not there yet, and
the process ends by SIGSEGV (msgspec 0.22; seen where two threads of a worker that had just begun read flow files).
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from typing import Any

import msgspec

_LOCK = threading.Lock()
_WHOLE: weakref.WeakSet[type] = weakref.WeakSet()


def make_whole() -> None:
    """Have msgspec look into each Struct that is loaded. Called before there are threads that use them."""
    with _LOCK:
        found: list[type[Any]] = [msgspec.Struct]
        for kind in found:  # which grows meanwhile
            found += kind.__subclasses__()
            if kind not in _WHOLE:
                _WHOLE.add(kind)
                with contextlib.suppress(TypeError, NameError):  # whoever uses it hears what is wrong with it
                    msgspec.json.Decoder(kind)
