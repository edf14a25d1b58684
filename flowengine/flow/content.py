"""What a folder holds that decides what runs: all flows, what they share, the envelope, and who owns what.

Its hash is what people approve. It is taken over canonical texts, so that layout of the text alone changes nothing, and
whole: 256 bits, where a revision is named by 64 of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from flowengine.errors import FlowInvalid
from flowengine.flow.canonical import format_text
from flowengine.flow.ownership import FILE as OWNERSHIP
from flowengine.flow.project import CONNECTIONS, flow_files

ENVELOPE: Final = "envelope.json"
POLICY: Final = (ENVELOPE, OWNERSHIP)
"""Files that are no flow, and whose change always needs both yeses."""

Content = Mapping[str, str]
"""The name of a file -> its canonical text."""


def read_content(path: Path) -> dict[str, str]:
    """Return what a folder of flows (or that of a file) holds now; what cannot be read is not there."""
    folder = path if path.is_dir() else path.parent
    found: dict[str, str] = {}
    for file in [*flow_files(folder), *(folder / name for name in (CONNECTIONS, *POLICY))]:
        text = text_of(file)
        if text is not None:
            found[file.name] = canonical(file.name, text)
    return found


def text_of(file: Path) -> str | None:
    """Return what a file holds; None: it is not there, or cannot be read."""
    try:
        return file.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None


@lru_cache(maxsize=2000)
def canonical(name: str, text: str) -> str:
    """Return the canonical form of a file's text; of one that is no JSON, the text itself."""
    try:
        return format_text(text, name)
    except (FlowInvalid, ValueError, RecursionError):
        return text


def content_hash(content: Content) -> str:
    """Return the SHA-256 of a content, in hex."""
    whole = hashlib.sha256()
    for name in sorted(content):
        part = hashlib.sha256(content[name].encode("utf-8", "replace")).hexdigest()
        whole.update(f"{part} {name}\n".encode("utf-8", "replace"))
    return whole.hexdigest()


def changed(before: Content, after: Content) -> list[str]:
    """Return the names of the files that differ."""
    return [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
