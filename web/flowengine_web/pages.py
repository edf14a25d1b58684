"""The canvas as files: index.html for every page of it, assets that never change, and a plain page if it is missing."""

from __future__ import annotations

import gzip
import mimetypes
import os
from functools import lru_cache
from pathlib import Path
from typing import Final

from werkzeug.security import safe_join

from flowengine_web.headers import FOREVER, NO_STORE

BUILT: Final = Path(__file__).parent / "static"
"""Where the build of web/canvas puts its files."""

TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
"""Not left to the system, which on some computers says otherwise."""

LONGEST: Final = 200
"""Characters of a path at most that could be a file's: systems complain of longer names."""

PACKET: Final = 1400
"""Bytes that travel at once in any case: packing less saves nothing."""

MISSING: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>flowengine: the canvas is not built</title>
<body style="font: 16px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>The canvas is not built</h1>
<p>The flows run and the <a href="/api">API</a> answers, but this installation has no canvas.</p>
<p>In a clone of the repository, with Node.js 20 or newer, build it and reload this page:</p>
<pre>cd web/canvas
npm ci --ignore-scripts
npm run build</pre>
<p>An installed package brings the canvas with it: <code>pip install .</code> builds it.</p>
</body>
</html>
"""


def folder() -> Path:
    """Return the folder of the built canvas; FLOWENGINE_CANVAS names another one while it is developed."""
    return Path(os.environ.get("FLOWENGINE_CANVAS") or BUILT)


def page(path: str) -> tuple[bytes, str, str] | None:
    """Return content, type and Cache-Control for a path of the site; None: there is nothing.

    A path without a dot in its last name belongs to the canvas, which finds its own way.
    """
    root = folder()
    index = root / "index.html"
    if "." not in path.rpartition("/")[2] and not path.startswith("assets/"):
        content = index.read_bytes() if index.is_file() else MISSING.encode()
        return content, "text/html; charset=utf-8", NO_STORE
    name = safe_join(str(root), path)
    file = Path(name) if name is not None and "\0" not in name else None
    if file is None or len(path) > LONGEST or not file.is_file() or not file.resolve().is_relative_to(root.resolve()):
        return None
    kind = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    return file.read_bytes(), kind, FOREVER if path.startswith("assets/") else NO_STORE


def shrinks(kind: str, content: bytes) -> bool:
    """Say whether it is worth packing: text of more than one packet."""
    return len(content) > PACKET and kind.startswith(("text/", "image/svg"))


@lru_cache(maxsize=256)
def packed(content: bytes) -> bytes:
    """Return a file's content gzipped. It is the same for everybody and holds no secret, unlike the API's answers."""
    return gzip.compress(content, mtime=0)
