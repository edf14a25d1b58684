"""No secret ever comes back: what leaves the server is searched for every secret that the engine has been given.

The check refuses a secret that is written in clear. But a flow may put one where it shows: into a topic, a debug node,
the text of an error. So the last step before the network blacks them out, whatever they came with.
"""

from __future__ import annotations

import json
from typing import Final

from flowengine import settings

BLACK: Final = "•••"

SHORT: Final = 4
"""A secret of fewer characters is blacked out only where it stands alone: it would be found in half of all words."""


def without_secrets(text: bytes) -> bytes:
    """Return JSON with the secrets in it blacked out."""
    for secret in settings.secrets_in_use():
        for written in _written(secret):
            if written in text:
                text = text.replace(written, _black(written))
    return text


def _written(secret: str) -> set[bytes]:
    """Return the ways in which a secret stands in JSON; a number, or a short one, only as a text of its own."""
    bodies = {json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    alone = len(secret) < SHORT or secret.strip("0123456789.+-eE") == ""
    return {(f'"{body}"' if alone else body).encode("utf-8", "replace") for body in bodies if body}


def _black(written: bytes) -> bytes:
    return f'"{BLACK}"'.encode() if written[:1] == b'"' else BLACK.encode()
