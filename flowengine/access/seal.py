"""The engine's own mark on what it has written, so that what another wrote into a file or table does not count.

The key comes from `FLOWENGINE_SEAL_KEY_FILE` or the systemd credential `flowengine-seal-key`; without either from
`seal.key` in the state folder, readable by its owner alone and made when it is first needed. Whoever can read the key
can forge; where that matters, give the engine one that no other account can read.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

import msgspec

from flowengine.errors import AccessError

KEY: Final = "seal.key"
CREDENTIAL: Final = "flowengine-seal-key"
BYTES: Final = 32


class Seal:
    """Marks texts with the key of one installation."""

    def __init__(self, folder: Path) -> None:
        """`folder` is where the engine keeps what it keeps."""
        self._folder = folder
        self._key: bytes | None = None

    def of(self, *fields: str) -> str:
        """Return the mark of some texts, in hex.

        Raises:
            AccessError: the key cannot be read.
        """
        if self._key is None:
            self._key = self._read()
        return hmac.new(self._key, msgspec.json.encode(fields), hashlib.sha256).hexdigest()

    def fits(self, mark: str, *fields: str) -> bool:
        """Say whether a mark is that of these texts; takes the same time for every wrong one."""
        return hmac.compare_digest(mark.encode("utf-8", "replace"), self.of(*fields).encode())

    def _read(self) -> bytes:
        named, folder = os.environ.get("FLOWENGINE_SEAL_KEY_FILE"), os.environ.get("CREDENTIALS_DIRECTORY")
        given = Path(named) if named else Path(folder) / CREDENTIAL if folder else None
        if given is None or (not named and not given.exists()):
            given = self._folder / KEY
            with contextlib.suppress(FileExistsError):
                handle = os.open(given, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
                with open(handle, "wb") as new:
                    new.write(secrets.token_hex(BYTES).encode())
        try:
            key = given.read_bytes().strip()
        except OSError as error:
            raise AccessError("no-key", f"the key of the seal, {given}, cannot be read: {error.strerror}") from None
        if len(key) < BYTES:
            raise AccessError("bad-key", f"the key of the seal, {given}, is none: {BYTES} bytes at least are expected")
        return key
