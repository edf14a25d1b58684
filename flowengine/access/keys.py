"""Keys that people sign with: Ed25519, the private half encrypted with a passphrase.

`cryptography` takes a while to import, hence the imports inside.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flowengine.errors import AccessError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LEAST_PASSPHRASE: Final = 12
"""Characters of a passphrase at least: who has the file can guess as fast as his machine goes."""


def key_id(public: bytes) -> str:
    """Return the name that a public key (32 bytes) gives itself: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def new_key(file: Path, passphrase: str) -> bytes:
    """Make a key, write its private half encrypted to a new file that its owner alone may read; returns the public.

    Raises:
        AccessError: the passphrase is too short, or the file exists or cannot be written.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if len(passphrase) < LEAST_PASSPHRASE:
        raise AccessError("short-passphrase", f"a passphrase has {LEAST_PASSPHRASE} characters at least")
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    try:
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise AccessError("exists", f"{file} exists already: a key is never overwritten") from None
    except OSError as error:
        raise AccessError("unwritable", f"{file} cannot be written: {error.strerror}") from error
    with contextlib.closing(os.fdopen(handle, "wb")) as stream:
        stream.write(pem)
    return _public(key)


class Signer:
    """A private key, ready to sign."""

    def __init__(self, file: Path, passphrase: str) -> None:
        """Open the key in a file.

        Raises:
            AccessError: there is no such file, it holds no such key, or the passphrase is wrong.
        """
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        try:
            key = serialization.load_pem_private_key(file.read_bytes(), passphrase.encode())
        except OSError as error:
            raise AccessError("no-key", f"{file} cannot be read: {error.strerror}") from error
        except (ValueError, TypeError) as error:
            raise AccessError("bad-key", f"{file} cannot be opened: no key, or a wrong passphrase") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise AccessError("bad-key", f"{file} holds another kind of key", "make one with: flowengine keys new NAME")
        self._key = key
        self.public = _public(key)
        self.id = key_id(self.public)

    def sign(self, data: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        return self._key.sign(data)


def is_signature(public: bytes, signature: bytes, data: bytes) -> bool:
    """Say whether a signature of data was made with the private half of a public key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def to_text(data: bytes) -> str:
    """Write bytes as text (base64)."""
    return base64.b64encode(data).decode()


def from_text(text: str) -> bytes:
    """Read bytes from text; what is no base64 gives none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()
