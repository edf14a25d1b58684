"""Secrets at rest: one file, each value encrypted (AES-256-GCM) under its name, with a key that is kept elsewhere.

The key, 32 bytes in base64, comes from `FLOWENGINE_SECRETS_KEY`, else from the file that `FLOWENGINE_SECRETS_KEY_FILE`
names, else from the systemd credential `flowengine-secrets-key`. Names are not secret; values leave only to nodes.
"""

from __future__ import annotations

import logging
import os
import re
from pathlib import Path
from typing import Final

import msgspec

from flowengine import settings
from flowengine.access.keys import from_text, to_text
from flowengine.errors import AccessError, NotFound
from flowengine.flow.file import write_text

FILE: Final = "secrets.json"
CREDENTIAL: Final = "flowengine-secrets-key"
LONGEST: Final = 65_536
"""Characters of a secret at most: a certificate with its chain fits."""

LOG = logging.getLogger("flowengine.access")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_NONCE: Final = 12


class _File(msgspec.Struct, forbid_unknown_fields=True):
    secrets: dict[str, str] = {}
    """Name -> nonce and ciphertext, in base64."""


def secrets_file(path: Path, state: Path | None = None) -> Path:
    """Return where the secrets of a folder of flows (or of a file's folder) are kept."""
    folder = path if path.is_dir() else path.parent
    return (state or folder / settings.STATE_FOLDER) / FILE


def new_key() -> str:
    """Return a new key as text."""
    return to_text(os.urandom(32))


def given_key() -> bytes:
    """Return the key that the surroundings give.

    Raises:
        AccessError: there is none, or it is no key.
    """
    text = os.environ.get("FLOWENGINE_SECRETS_KEY", "")
    named = os.environ.get("FLOWENGINE_SECRETS_KEY_FILE", "")
    credentials = os.environ.get("CREDENTIALS_DIRECTORY", "")
    places = [Path(named)] if named else [Path(credentials) / CREDENTIAL] if credentials else []
    for file in places if not text else ():
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise AccessError("no-key", f"the key to the secrets, {file}, cannot be read: {error}") from None
    if not text:
        hint = "make one: flowengine secrets key; then set FLOWENGINE_SECRETS_KEY_FILE to the file that holds it"
        raise AccessError("no-key", f"there is no key to the secrets ({hint})", hint)
    key = from_text(text.strip())
    if len(key) != 32:
        raise AccessError("bad-key", "the key to the secrets is none: 32 bytes in base64 are expected")
    return key


class SecretStore:
    """The secrets of one installation. Read anew at each call: there are few, and asked for at deploys only."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def names(self) -> list[str]:
        """Return which there are.

        Raises:
            AccessError: the file cannot be read.
        """
        return sorted(self._read().secrets)

    def get(self, name: str) -> str | None:
        """Return a secret; None: there is none of that name.

        Raises:
            AccessError: there is one, and it cannot be opened: no key, a wrong one, or it was tampered with.
        """
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        kept = self._read().secrets.get(name)
        if kept is None:
            return None
        raw = from_text(kept)
        try:
            return AESGCM(given_key()).decrypt(raw[:_NONCE], raw[_NONCE:], name.encode()).decode()
        except (InvalidTag, ValueError):
            hint = "is it the key that it was set with? Set the secret again"
            raise AccessError(
                "bad-secret", f"the secret '{name}' cannot be opened with this key ({hint})", hint
            ) from None

    def find(self, name: str) -> str | None:
        """Return a secret, or None; one that cannot be opened is as good as none, and the log says why."""
        try:
            return self.get(name)
        except AccessError as error:
            LOG.error("%s: %s", error, error.hint)
            return None

    def set(self, name: str, value: str) -> None:
        """Keep a secret, in place of one of that name.

        Raises:
            AccessError: no name that can be used, no value, no key.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if _NAME.fullmatch(name) is None:
            raise AccessError("bad-name", f"'{name[:100]}' is no name: letters, digits, _ . - and at most 100 of them")
        if not 0 < len(value) <= LONGEST:
            raise AccessError("bad-value", f"a secret has 1 to {LONGEST} characters")
        nonce = os.urandom(_NONCE)
        content = self._read()
        content.secrets[name] = to_text(nonce + AESGCM(given_key()).encrypt(nonce, value.encode(), name.encode()))
        self._write(content)

    def remove(self, name: str) -> None:
        """Forget a secret.

        Raises:
            NotFound: there is none of that name.
        """
        content = self._read()
        if content.secrets.pop(name, None) is None:
            raise NotFound(
                f"there is no secret '{name[:100]}'; there are: {', '.join(sorted(content.secrets)) or 'none'}"
            )
        self._write(content)

    def _read(self) -> _File:
        try:
            return msgspec.json.decode(self.file.read_bytes(), type=_File)
        except FileNotFoundError:
            return _File()
        except (OSError, ValueError) as error:
            raise AccessError("unreadable", f"{self.file} cannot be read as secrets: {error}") from None

    def _write(self, content: _File) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        if not self.file.exists():
            os.close(os.open(self.file, os.O_CREAT | os.O_WRONLY, 0o600))
        write_text(self.file, msgspec.json.format(msgspec.json.encode(content, order="sorted")).decode() + "\n")
