"""Limits in the place of those that OT has signed: altered, older, by another key, unsigned, broken."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flowengine.safety.signature import signature_file
from tests.plants.signed_envelope import write_envelope

WAYS = ("altered", "older", "foreign", "unsigned", "broken", "borrowed", "gone")


@contextmanager
def forged(folder: Path, how: str, wide: dict[str, Any]) -> Iterator[None]:
    """Put an envelope that must not count in the place of the true one, which comes back after.

    `wide` is the true one with limits that somebody would like better.
    """
    file = folder / "envelope.json"
    signed = signature_file(file)
    kept = file.read_bytes(), signed.read_bytes()
    if how == "altered":
        file.write_text(json.dumps(wide))
    elif how == "older":
        write_envelope(folder, {**wide, "version": 1})
    elif how == "foreign":
        with tempfile.TemporaryDirectory() as name:
            other = Path(name) / "flows"
            other.mkdir()
            write_envelope(other, {**wide, "version": wide["version"] + 1})
            for path in (file, signed):
                path.write_bytes((other / path.name).read_bytes())
    elif how == "unsigned":
        file.write_text(json.dumps({**wide, "version": wide["version"] + 1}))
        signed.unlink()
    elif how == "borrowed":  # the true signature, with a byte turned
        file.write_text(json.dumps({**wide, "version": wide["version"] + 1}))
        signed.write_bytes(bytes(byte ^ 1 if at == len(kept[1]) // 2 else byte for at, byte in enumerate(kept[1])))
    elif how == "gone":
        file.unlink()
    else:
        file.write_text("{")
    try:
        yield
    finally:
        file.write_bytes(kept[0])
        signed.write_bytes(kept[1])
