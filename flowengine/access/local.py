"""How a program on the same machine gets in: by a file that only the owner of the state folder can read.

While an engine serves its API, `local.json` in its state folder says where, and holds a token that lets look and
nothing else. It is made anew at each start and revoked at the end. Whoever can read the file could read the stores
beside it as well, so it opens nothing that was closed.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from flowengine.access.access import Access
from flowengine.access.api_tokens import LOCAL
from flowengine.errors import NotFound

FILE: Final = "local.json"
AS_LONG_AS_IT_RUNS: Final = 3650.0
"""Days; it is revoked at the end, and at the next start after a crash."""


class LocalAccess(msgspec.Struct, frozen=True):
    """Where an engine on this machine answers, and the token for it."""

    address: str
    token: str
    certificate: str = ""
    """The file of the server's own certificate, under TLS."""


def open_local(access: Access, folder: Path, address: str, certificate: str = "") -> None:
    """Make the token and the file."""
    close_local(access, folder)
    found = LocalAccess(address, access.tokens.make(LOCAL, "viewer", AS_LONG_AS_IT_RUNS), certificate)
    new, beside = tempfile.mkstemp(dir=folder, prefix=f".{FILE}.")  # which nobody else may read
    with open(new, "wb") as file:
        file.write(msgspec.json.encode(found))
    os.replace(beside, folder / FILE)  # who waits for it never sees half of it


def close_local(access: Access, folder: Path) -> None:
    """Revoke the token and remove the file."""
    with contextlib.suppress(NotFound):
        access.tokens.revoke(LOCAL)
    (folder / FILE).unlink(missing_ok=True)


def find_local(folder: Path) -> LocalAccess | None:
    """Return how to get in at the engine that has this state folder; None: none answers there.

    Raises:
        OSError: the file is somebody else's.
        msgspec.MsgspecError: the file is damaged.
    """
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=LocalAccess)
    except FileNotFoundError:
        return None
