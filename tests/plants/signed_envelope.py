"""An envelope that OT has signed, for a folder of flows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from flowengine.access.keys import Signer, new_key, to_text
from flowengine.access.trust import Trust, TrustedKey, trust_file, write_trust
from flowengine.flow.canonical import format_envelope
from flowengine.flow.strict_json import read_json
from flowengine.safety import signature

PASSPHRASE = "not a real passphrase"


def write_envelope(folder: Path, data: dict[str, Any], signed: bool = True, two_keys: bool = False) -> None:
    """Write an envelope, sign it with a new key, and have that key trusted."""
    if not two_keys:  # a changed envelope is to be taken into force by its signature alone
        (folder / "ownership.json").write_text('{"flowengine": 1, "two_keys": false}\n')
    file = folder / "envelope.json"
    file.write_text(format_envelope(data))
    key = folder.parent / "ot-anna.key"
    if not key.exists():
        public = new_key(key, PASSPHRASE)
        write_trust(trust_file(folder), Trust([TrustedKey(name="ot-anna", side="ot", public=to_text(public))]))
    if signed:
        made = signature.sign(read_json(file), Signer(key, PASSPHRASE), "2026-01-01T00:00:00Z")
        signature.signature_file(file).write_bytes(msgspec.json.encode(made))
