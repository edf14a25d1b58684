"""The help of node types in another language: a Markdown file for each, in the folder of words of their package.

`words/de/help/modbus/read.md` is the help of `modbus/read` but for its first line, which is the type's title. It begins
with `<!-- of 1a2b3c4d -->`, the fingerprint of the English it was made from: help that has changed since is shown in
English again, not wrongly in German.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flowengine.registry import NodeType
from flowengine_web.wording import LARGEST, LOG, Catalogue, words_folder


def help_in(kind: NodeType, language: str, words: Catalogue) -> str:
    """Return a type's help in a language (`language` as `catalogue_of` takes it); what is not translated is English."""
    title = words.find("titles", kind.name.partition("/")[2])
    if not title:
        return kind.help
    body = _page(page_of(kind, language), fingerprint(kind)) or body_of(kind)
    return f"{title}.\n\n{body}" if body else f"{title}."


def page_of(kind: NodeType, language: str) -> Path | None:
    """Return where a type's help stands in a language, be it there or not; None: its package has no words."""
    folder = words_folder(kind)
    return folder / language / "help" / f"{kind.name}.md" if folder else None


def body_of(kind: NodeType) -> str:
    """Return a type's English help below its title."""
    return kind.help.partition("\n")[2].strip()


def fingerprint(kind: NodeType) -> str:
    """Return the first line of a translation of a type's help."""
    return f"<!-- of {hashlib.sha256(body_of(kind).encode()).hexdigest()[:8]} -->"


@cache
def _page(file: Path | None, first: str) -> str:
    if file is None or not file.is_file():
        return ""
    try:
        if file.stat().st_size > LARGEST:
            raise ValueError(f"it is larger than {LARGEST} bytes")
        made_from, _, body = file.read_text(encoding="utf-8").partition("\n")
    except (OSError, ValueError) as error:
        LOG.warning("the help in %s is left out: %s", file, error)
        return ""
    return body.strip() if made_from.strip() == first else ""
