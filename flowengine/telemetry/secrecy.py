"""No secret ever comes back: what leaves the server is searched for every secret that the engine has been given.

The check refuses a secret that is written in clear. But a flow may put one where it shows: into a topic, a debug node,
the text of an error. So the last step before the network blacks them out, whatever they came with.
"""

from __future__ import annotations

import json
import re
from typing import Final
from urllib.parse import quote

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


def hidden(text: str) -> str:
    """Return a plain text, a line of the log, with the secrets in it blacked out."""
    for secret in settings.secrets_in_use():
        for written in {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], quote(secret, safe="")}:
            if written and written in text:
                text = (
                    re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", BLACK, text)
                    if _alone(secret)
                    else text.replace(written, BLACK)
                )
    return text


def _alone(secret: str) -> bool:
    """Say whether a secret is blacked out only where it stands alone: a number, or a few characters."""
    return len(secret) < SHORT or secret.strip("0123456789.+-eE") == ""


def _written(secret: str) -> set[bytes]:
    """Return the ways in which a secret stands in JSON; a number, or a short one, only as a text of its own."""
    bodies = {json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    if not _alone(secret):
        bodies.add(quote(secret, safe=""))  # in an address
    return {(f'"{body}"' if _alone(secret) else body).encode("utf-8", "replace") for body in bodies if body}


def _black(written: bytes) -> bytes:
    return f'"{BLACK}"'.encode() if written[:1] == b'"' else BLACK.encode()
