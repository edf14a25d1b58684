"""OT's signature under the envelope, and whether it may be taken into force."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final, Literal

import msgspec

from flowengine.access.keys import Signer, from_text, is_signature, to_text
from flowengine.access.trust import Trust, TrustedKey
from flowengine.errors import AccessError, FlowEngineError
from flowengine.flow.canonical import format_envelope
from flowengine.flow.strict_json import Json

MOST_BYTES: Final = 10_000


class EnvelopeRefused(FlowEngineError):
    """The envelope may not be taken into force."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        self.code = code
        self.hint = hint
        super().__init__(f"the envelope is refused: {message}" + (f" - {hint}" if hint else ""))


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `envelope.json.sig` holds."""

    algorithm: Literal["Ed25519"] = "Ed25519"
    key: str
    """The id of the key that signed."""
    time: str
    """When, as the signer's clock said: for people; nothing hangs on it."""
    version: int
    signature: str
    """64 bytes in base64, over the key's id, the time, the version and the canonical text."""


class Accepted(msgspec.Struct, frozen=True):
    """The envelope that was taken into force last."""

    version: int
    sha256: str
    """Of the canonical text."""


def signature_file(envelope: Path) -> Path:
    """Return where the signature of an envelope is kept."""
    return envelope.with_name(envelope.name + ".sig")


def sign(json: Json, signer: Signer, time: str) -> Signature:
    """Sign an envelope whose form is sound."""
    version = _version(json)
    signature = signer.sign(_signed(json, signer.id, time, version))
    return Signature(key=signer.id, time=time, version=version, signature=to_text(signature))


def parse_signature(data: bytes) -> Signature:
    """Read a signature.

    Raises:
        EnvelopeRefused: it is none.
    """
    try:
        if len(data) > MOST_BYTES:
            raise ValueError(f"longer than {MOST_BYTES} bytes")
        return msgspec.json.decode(data, type=Signature)
    except (msgspec.DecodeError, ValueError) as error:
        raise EnvelopeRefused("bad-signature", f"its signature cannot be read: {error}") from None


def read_signature(envelope: Path) -> Signature:
    """Read the signature beside an envelope.

    Raises:
        EnvelopeRefused: there is none.
    """
    file = signature_file(envelope)
    try:
        with file.open("rb") as stream:
            return parse_signature(stream.read(MOST_BYTES + 1))
    except FileNotFoundError:
        raise EnvelopeRefused(
            "unsigned",
            "nobody has signed it",
            f"OT signs it with: flowengine envelope sign {envelope.parent} --key FILE",
        ) from None
    except OSError as error:
        raise EnvelopeRefused("unsigned", f"{file} cannot be read: {error.strerror}") from error


def verify(json: Json, signature: Signature, trust: Trust) -> TrustedKey:
    """Return whose signature it is.

    Raises:
        EnvelopeRefused: the text is not what was signed, or the signer is none of OT's.
    """
    try:
        key = trust.key(signature.key)
    except AccessError as error:
        raise EnvelopeRefused(error.code, str(error), error.hint) from None
    if key.side != "ot":
        raise EnvelopeRefused("not-ot", f"{key.name} is of {key.side.upper()}, and the envelope is OT's to sign")
    if signature.version != _version(json):
        raise EnvelopeRefused("altered", "its version is not the one that was signed", "OT signs again")
    signed = _signed(json, signature.key, signature.time, signature.version)
    if not is_signature(from_text(key.public), from_text(signature.signature), signed):
        raise EnvelopeRefused("altered", f"it is not what {key.name} signed at {signature.time[:40]}", "OT signs again")
    return key


def accept(json: Json, signature: Signature, trust: Trust, last: Accepted | None) -> Accepted:
    """Return what is to be noted when an envelope is taken into force.

    Raises:
        EnvelopeRefused: see `verify`; or a newer one has been in force already, or another of the same version.
    """
    verify(json, signature, trust)
    now = Accepted(_version(json), hashlib.sha256(_canonical(json)).hexdigest())
    if last is not None and now.version < last.version:
        message = f"version {last.version} has been in force already, and this is version {now.version}"
        raise EnvelopeRefused("older", message, "to go back, OT signs the old limits with a new version")
    if last is not None and now.version == last.version and now.sha256 != last.sha256:
        raise EnvelopeRefused("same-version", f"another version {now.version} is in force", "count the version up")
    return now


def _version(json: Json) -> int:
    version = json.value.get("version") if isinstance(json.value, dict) else None
    return version if isinstance(version, int) and not isinstance(version, bool) else 0


def _canonical(json: Json) -> bytes:
    return format_envelope(json.value if isinstance(json.value, dict) else {}).encode()


def _signed(json: Json, key: str, time: str, version: int) -> bytes:
    """Return what is signed; no other signature of flowengine begins so, and no part can pass for another."""
    head = msgspec.json.encode({"what": "flowengine envelope 1", "key": key, "time": time, "version": version})
    return head + b"\n" + _canonical(json)
