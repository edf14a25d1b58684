"""Certificate and key in one file, PKCS #12 (RFC 7292; `.p12`, `.pfx`), as the library for TLS takes them: PEM."""

from __future__ import annotations

import base64
import re
from typing import Final

_WRITTEN: Final = re.compile(r"\s*-----BEGIN PKCS12-----([A-Za-z0-9+/=\s]*)-----END PKCS12-----\s*\Z")
_SEQUENCE: Final = b"\x30"
"""What begins everything in DER."""
_LARGEST: Final = 1_000_000


def unpacked(option: str, password: str) -> tuple[str, str] | None:
    """Return certificate with its chain, and key, both PEM; None: the option names no PKCS #12.

    Args:
        option: the path of a file, or its content in base64 between `-----BEGIN PKCS12-----` and its end.
        password: its password; empty: none.

    Raises:
        OSError: the file cannot be read.
        ValueError: the password is wrong, or a certificate or key is missing; never says what is in it.
    """
    written = _WRITTEN.match(option)
    if written is not None:
        content = base64.b64decode(written[1])
    elif option.lstrip().startswith("-----BEGIN "):
        return None
    else:
        with open(option, "rb") as file:
            content = file.read(_LARGEST)
        if content[:1] != _SEQUENCE:
            return None
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

    try:
        key, certificate, chain = pkcs12.load_key_and_certificates(content, password.encode() or None)
    except ValueError:
        raise ValueError("this PKCS #12 cannot be opened: the password is wrong, or it is damaged") from None
    if key is None or certificate is None:
        raise ValueError("this PKCS #12 holds no certificate with its key")
    own = [each.public_bytes(serialization.Encoding.PEM).decode() for each in (certificate, *chain)]
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return "".join(own), secret.decode()
