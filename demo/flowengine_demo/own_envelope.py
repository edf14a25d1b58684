"""The demo's own OT key: made at its first start, it signs the demo's own copy of the envelope and counts nowhere else.

The key lies in the demo's folder, and only the list of trusted keys there names it. A key that came with the package
would be the same everywhere, and one day some plant would trust it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from flowengine.access.keys import Signer, new_key, to_text
from flowengine.access.trust import FILE as TRUSTED
from flowengine.access.trust import TrustedKey, read_trust, write_trust
from flowengine.cli.moment import moment
from flowengine.clock import Clock
from flowengine.flow.strict_json import read_json
from flowengine.safety import signature
from flowengine.safety.envelope import FILE

NAME: Final = "ot-demo"
PASSPHRASE: Final = "only for the demo"
"""No secret: it is here, and in docs/demo.md, so that you can sign what you change."""


def sign_own_envelope(flows: Path, state: Path) -> None:
    """Sign the envelope of the demo's copy, where there is one that nobody has signed.

    One that was changed since is left alone: it is refused until somebody signs it. So it is where `FLOWENGINE_TRUST`
    names the keys that count: the demo adds none to those of a plant.
    """
    envelope = flows / FILE
    signed = signature.signature_file(envelope)
    if not envelope.exists() or signed.exists() or os.environ.get("FLOWENGINE_TRUST"):
        return
    now = moment(Clock().now())
    key = state / f"{NAME}.key"
    if not key.exists():
        public = TrustedKey(name=NAME, side="ot", public=to_text(new_key(key, PASSPHRASE)), since=now)
        write_trust(state / TRUSTED, read_trust(state / TRUSTED).added(public))
    made = signature.sign(read_json(envelope), Signer(key, PASSPHRASE), now)
    signed.write_bytes(msgspec.json.format(msgspec.json.encode(made)) + b"\n")
