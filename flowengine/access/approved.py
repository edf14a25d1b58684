"""The content that has both yeses: `approved.json` in the state folder. It runs at a start, whatever the files hold.

It counts only if it bears the engine's seal and is the one that the record names. A new one is written beside it, then
recorded, then put in its place, so that a crash in between leaves one of the two and no doubt which.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from flowengine.access.ledger import Ledger
from flowengine.access.seal import Seal
from flowengine.errors import NotAllowed
from flowengine.flow.content import content_hash
from flowengine.flow.file import write_text

FILE: Final = "approved.json"
NEXT: Final = "approved-next.json"


class Kept(msgspec.Struct, frozen=True):
    """A content, and the envelope's signature, which stands in a file of its own."""

    content: dict[str, str]
    signature: str = ""
    n: int = 0
    """How far the record went when it was written: a record that is shorter has been cut."""
    seal: str = ""


class Approved:
    """The approved content of one installation."""

    def __init__(self, folder: Path, seal: Seal) -> None:
        """`folder` is where the engine keeps what it keeps."""
        self._folder, self._seal = folder, seal

    def read(self, ledger: Ledger) -> Kept | None:
        """Return it; None: two keys have never been in force, or are so no longer.

        Raises:
            NotAllowed: what is there is not what the record names.
        """
        for name in (FILE, NEXT):
            kept = self._read(name)
            if kept is not None and ledger.content == content_hash(kept.content) and ledger.n >= kept.n:
                if name == NEXT:
                    os.replace(self._folder / NEXT, self._folder / FILE)
                return kept
        if not ledger.content:
            kept = self._read(FILE)
            if kept is None or kept.n <= ledger.n:
                self.forget()
                return None
        raise NotAllowed(
            f"{self._folder / FILE} is not the content that the record names as approved; put back the files that were "
            "approved, and it, from a backup, or say at the computer what is to count from now on: "
            "flowengine changes DIR adopt --reason TEXT"
        )

    def prepare(self, content: Mapping[str, str], signature: str, n: int) -> None:
        """Write a new one beside the one that counts."""
        seal = self._seal.of("approved", content_hash(content), signature, str(n))
        kept = Kept(dict(content), signature, n, seal)
        write_text(self._folder / NEXT, msgspec.json.format(msgspec.json.encode(kept), indent=1).decode() + "\n")

    def settle(self) -> None:
        """Put the new one in its place; it has been recorded."""
        os.replace(self._folder / NEXT, self._folder / FILE)

    def forget(self) -> None:
        """Take both away: two keys are in force no longer."""
        for name in (FILE, NEXT):
            with contextlib.suppress(FileNotFoundError):
                (self._folder / name).unlink()

    def _read(self, name: str) -> Kept | None:
        try:
            kept = msgspec.json.decode((self._folder / name).read_bytes(), type=Kept)
        except (OSError, ValueError):
            return None
        fields = ("approved", content_hash(kept.content), kept.signature, str(kept.n))
        return kept if self._seal.fits(kept.seal, *fields) else None
