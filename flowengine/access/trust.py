"""Whose signatures count: a file of public keys that OT owns.

It is found in `FLOWENGINE_TRUST`, else in `trusted-keys.json` of the folder where the engine keeps what it keeps. Who
can write it can sign: give it to OT, and let the engine's own user only read it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from flowengine import settings
from flowengine.access.keys import from_text, key_id
from flowengine.errors import AccessError, NotFound
from flowengine.flow.file import write_text

FILE: Final = "trusted-keys.json"

Side = Literal["ot", "it"]


class TrustedKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The public half of a person's key."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    side: Side
    public: str
    """32 bytes, in base64."""
    since: str = ""
    revoked: str = ""
    """When it was revoked, with the reason; empty: it counts."""

    @property
    def id(self) -> str:
        """The key's name for itself."""
        return key_id(from_text(self.public))


class _File(msgspec.Struct, forbid_unknown_fields=True):
    keys: list[TrustedKey] = []


class Trust:
    """The keys whose signatures count, and those that no longer do."""

    def __init__(self, keys: Iterable[TrustedKey] = ()) -> None:
        self.keys = {key.id: key for key in keys}

    def key(self, id: str) -> TrustedKey:
        """Return a key that counts.

        Raises:
            AccessError: it is not known, or has been revoked.
        """
        found = self.keys.get(id)
        if found is None:
            hint = "OT adds a key with: flowengine keys trust NAME.pub"
            raise AccessError("unknown-key", f"the key {id[:40]} is not among those that are trusted", hint)
        if found.revoked:
            raise AccessError("revoked-key", f"the key {id} of {found.name} has been revoked: {found.revoked}")
        return found

    def added(self, key: TrustedKey) -> Trust:
        """Return this with one more key.

        Raises:
            AccessError: it is no key, or known already.
        """
        if len(from_text(key.public)) != 32:
            raise AccessError("bad-key", "this is no public key: 32 bytes in base64 are expected")
        if key.id in self.keys:
            raise AccessError("exists", f"the key {key.id} is known already, as that of {self.keys[key.id].name}")
        return Trust([*self.keys.values(), key])

    def without(self, id: str, when_and_why: str) -> Trust:
        """Return this with a key revoked: it stays in the list, so that nobody adds it again by mistake.

        Raises:
            NotFound: there is no such key.
        """
        if id not in self.keys:
            raise NotFound(f"there is no key {id}; known: {', '.join(self.keys) or 'none'}")
        revoked = msgspec.structs.replace(self.keys[id], revoked=when_and_why)
        return Trust([revoked if key.id == id else key for key in self.keys.values()])


def trust_file(path: Path, state: Path | None = None) -> Path:
    """Return where the trusted keys of a folder of flows (or of a file's folder) are kept."""
    named = os.environ.get("FLOWENGINE_TRUST")
    folder = path if path.is_dir() else path.parent
    return Path(named) if named else (state or folder / settings.STATE_FOLDER) / FILE


def read_trust(file: Path) -> Trust:
    """Read the trusted keys; without a file there are none.

    Raises:
        AccessError: it cannot be read, is no such file, or anyone may write it.
    """
    try:
        with file.open("rb") as stream:
            if stat.S_IMODE(os.fstat(stream.fileno()).st_mode) & stat.S_IWOTH:
                hint = f"chmod o-w {file}"
                raise AccessError("open-trust", f"{file} may be written by anyone, so nothing in it counts", hint)
            data = stream.read()
    except FileNotFoundError:
        return Trust()
    except OSError as error:
        raise AccessError("unreadable", f"{file} cannot be read: {error.strerror}") from error
    try:
        keys = msgspec.json.decode(data, type=_File).keys
    except ValueError as error:
        raise AccessError("bad-trust", f"{file} is no list of trusted keys: {error}") from error
    for key in keys:
        if len(from_text(key.public)) != 32:
            raise AccessError("bad-trust", f"{file}: the key of {key.name} is none: 32 bytes in base64 are expected")
    return Trust(keys)


def write_trust(file: Path, trust: Trust) -> None:
    """Replace the trusted keys in one step."""
    file.parent.mkdir(parents=True, exist_ok=True)
    raw = msgspec.json.encode(_File(list(trust.keys.values())))
    write_text(file, msgspec.json.format(raw, indent=2).decode() + "\n")


def public_text(key: TrustedKey) -> str:
    """Return a key as the one line that its owner gives to OT."""
    return msgspec.json.encode(key).decode() + "\n"


def parse_public(text: str) -> TrustedKey:
    """Read the line that `public_text` wrote.

    Raises:
        AccessError: it is none.
    """
    try:
        return msgspec.json.decode(text, type=TrustedKey)
    except ValueError as error:
        raise AccessError("bad-key", f"this is no public key of flowengine: {error}") from error
