"""What git remembers of one file: its commits, with the blob that each left, and the texts of blobs."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path

from flowengine.store.git import Git, GitFailed
from flowengine.store.revisions import Entry

_FORMAT = "%x01%H%x00%at%x00%an%x00%B%x00"
_BEGIN = re.compile(r"\x01(?=[0-9a-f]{40,64}\0)")


def followed(git: Git, file: Path, most: int) -> list[tuple[Entry, str]]:
    """Return the commits that changed a file, the newest first, each with the blob it left (empty: removed).

    Names that the file had before are followed. The revision of the entries is left empty.
    """
    try:
        what = ("--follow", "-M40%", f"--max-count={most}", "--raw", "--no-abbrev", "-z", f"--format={_FORMAT}")
        out = git.run("log", *what, "--", str(file.resolve().parent / file.name))
    except GitFailed:  # no commits yet
        return []
    found = []
    for record in _BEGIN.split(out.decode("utf-8", "replace"))[1:]:
        fields = record.split("\0")
        id, at, author, message = fields[:4]
        change = next((field.strip().split(" ") for field in fields[4:] if field.strip().startswith(":")), [])
        blob = change[3] if len(change) > 3 and change[3].strip("0") else ""
        found.append((Entry(id, "", float(at), author, message.strip()), blob))
    return found


def texts(git: Git, blobs: Sequence[str]) -> dict[str, bytes]:
    """Return the contents of blobs; what is not there is left out."""
    found: dict[str, bytes] = {}
    if not blobs:
        return found
    with contextlib.suppress(GitFailed):
        out = git.run("cat-file", "--batch", text="".join(f"{blob}\n" for blob in blobs).encode())
        at = 0
        while at < len(out):
            end = out.index(b"\n", at)
            words = out[at:end].split(b" ")
            at = end + 1
            if len(words) == 3:
                size = int(words[2])
                found[words[0].decode()] = out[at : at + size]
                at += size + 1
    return found
