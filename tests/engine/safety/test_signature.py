"""OT signs the envelope: what is refused, and how keys are made, trusted and revoked."""

from __future__ import annotations

import json as plain
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from flowengine.access.audit import audit_folder, entries
from flowengine.access.keys import Signer, from_text, is_signature, new_key, to_text
from flowengine.access.trust import Trust, TrustedKey, read_trust
from flowengine.cli import cli
from flowengine.errors import AccessError, NotFound
from flowengine.flow.canonical import format_envelope
from flowengine.flow.strict_json import Json, parse_json
from flowengine.safety import signature
from flowengine.safety.signature import Accepted, EnvelopeRefused, Signature, accept
from tests.engine.safety.conftest import OVEN, changed

PASSPHRASE = "an oven is not a toy"


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    file = tmp_path_factory.mktemp("keys") / "anna.key"
    new_key(file, PASSPHRASE)
    return Signer(file, PASSPHRASE)


def trusting(signer: Signer, **changes: Any) -> Trust:
    return Trust([TrustedKey(**{"name": "anna", "side": "ot", "public": to_text(signer.public), **changes})])


def json_of(data: Any) -> Json:
    return parse_json(plain.dumps(data), "envelope.json")


def refusal(json: Json, made: Signature, trust: Trust, last: Accepted | None = None) -> str:
    with pytest.raises(EnvelopeRefused) as caught:
        accept(json, made, trust, last)
    return caught.value.code


def test_what_ot_signed_is_accepted_however_it_is_laid_out(signer: Signer) -> None:
    made = signature.sign(json_of(OVEN), signer, "2026-01-01T00:00:00Z")
    formatted = parse_json(format_envelope(OVEN), "envelope.json")
    assert accept(formatted, made, trusting(signer), None).version == 1


@pytest.mark.parametrize(
    "change",
    [
        ("outputs.heater.range", [0, 101]),
        ("outputs.heater.writers", ["*/*"]),
        ("outputs.heater.interlocks", None),
        ("connections.plant.options.host", "10.0.0.6"),
        ("note", "harmless"),
        ("version", 2),
    ],
)
def test_what_was_altered_after_signing_is_refused(signer: Signer, change: tuple[str, Any]) -> None:
    made = signature.sign(json_of(OVEN), signer, "2026-01-01T00:00:00Z")
    assert refusal(json_of(changed(change)), made, trusting(signer)) == "altered"


@pytest.mark.parametrize(
    ("field", "value"),
    [("time", "2027-01-01T00:00:00Z"), ("version", 7), ("signature", ""), ("signature", "no base64!"), ("key", "00")],
)
def test_a_signature_whose_fields_were_altered_is_refused(signer: Signer, field: str, value: Any) -> None:
    made = signature.sign(json_of(OVEN), signer, "2026-01-01T00:00:00Z")
    forged = msgspec.structs.replace(made, **{field: value})
    assert refusal(json_of(OVEN), forged, trusting(signer)) in ("altered", "unknown-key")


@given(st.data())
def test_a_signature_with_any_bit_flipped_is_refused(signer: Signer, data: st.DataObject) -> None:
    made = signature.sign(json_of(OVEN), signer, "2026-01-01T00:00:00Z")
    raw = bytearray(from_text(made.signature))
    raw[data.draw(st.integers(0, 63))] ^= 1 << data.draw(st.integers(0, 7))
    assert refusal(json_of(OVEN), msgspec.structs.replace(made, signature=to_text(bytes(raw))), trusting(signer))


def test_a_key_that_is_unknown_revoked_or_of_it_signs_nothing(signer: Signer) -> None:
    made = signature.sign(json_of(OVEN), signer, "2026-01-01T00:00:00Z")
    assert refusal(json_of(OVEN), made, Trust()) == "unknown-key"
    assert refusal(json_of(OVEN), made, trusting(signer, revoked="lost")) == "revoked-key"
    assert refusal(json_of(OVEN), made, trusting(signer, side="it")) == "not-ot"


def test_an_older_envelope_does_not_come_back(signer: Signer) -> None:
    trust = trusting(signer)
    old, new = json_of(OVEN), json_of(changed(("version", 2)))
    signed_old, signed_new = signature.sign(old, signer, ""), signature.sign(new, signer, "")
    last = accept(new, signed_new, trust, accept(old, signed_old, trust, None))
    assert accept(new, signed_new, trust, last) == last
    assert refusal(old, signed_old, trust, last) == "older"
    other = json_of(changed(("version", 2), ("outputs.heater.rate", 99)))
    assert refusal(other, signature.sign(other, signer, ""), trust, last) == "same-version"


def test_a_signature_that_is_missing_too_long_or_no_signature_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EnvelopeRefused, match="nobody has signed it"):
        signature.read_signature(tmp_path / "envelope.json")
    for content in (b"", b"[]", b"{}", b" " * 20_000, b"\xff", b'{"key": 1}'):
        (tmp_path / "envelope.json.sig").write_bytes(content)
        with pytest.raises(EnvelopeRefused, match="cannot be read"):
            signature.read_signature(tmp_path / "envelope.json")


def test_a_private_key_is_encrypted_and_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "anna.key"
    public = new_key(file, PASSPHRASE)
    assert b"ENCRYPTED" in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert is_signature(public, Signer(file, PASSPHRASE).sign(b"x"), b"x")
    assert not is_signature(b"short", b"", b"x")
    with pytest.raises(AccessError, match="wrong passphrase"):
        Signer(file, "another passphrase")
    with pytest.raises(AccessError, match="never overwritten"):
        new_key(file, PASSPHRASE)
    with pytest.raises(AccessError, match="12 characters"):
        new_key(tmp_path / "b.key", "short")
    with pytest.raises(AccessError, match="cannot be written"):
        new_key(tmp_path / "no" / "b.key", PASSPHRASE)
    with pytest.raises(AccessError, match="cannot be read"):
        Signer(tmp_path / "none.key", PASSPHRASE)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    file = tmp_path / "x.key"
    file.write_bytes(
        X25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(PASSPHRASE.encode()),
        )
    )
    with pytest.raises(AccessError, match="another kind of key"):
        Signer(file, PASSPHRASE)


def test_a_trust_file_that_anyone_may_write_or_that_is_broken_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "trusted-keys.json"
    assert read_trust(file).keys == {}
    file.write_text('{"keys": []}')
    file.chmod(0o666)
    with pytest.raises(AccessError, match="written by anyone"):
        read_trust(file)
    file.chmod(0o644)
    for content in ("[]", "{", '{"keys": [{"name": "a", "side": "ot", "public": "AAAA"}]}', '{"keys": [], "x": 1}'):
        file.write_text(content)
        with pytest.raises(AccessError, match=r"no list of trusted|the key of a is none"):
            read_trust(file)


def test_a_key_is_trusted_once_and_revoked_for_good(signer: Signer) -> None:
    trust = trusting(signer)
    with pytest.raises(AccessError, match="known already"):
        trust.added(trust.keys[signer.id])
    gone = trust.without(signer.id, "today: lost")
    with pytest.raises(AccessError, match="revoked: today: lost"):
        gone.key(signer.id)
    with pytest.raises(AccessError, match="known already"):
        gone.added(trust.keys[signer.id])
    with pytest.raises(NotFound):
        trust.without("00", "")
    with pytest.raises(AccessError, match="no public key"):
        trust.added(TrustedKey(name="b", side="ot", public="AAAA"))


def test_the_command_line_makes_trusts_signs_verifies_and_revokes(tmp_path: Path) -> None:
    (tmp_path / "envelope.json").write_text(format_envelope(OVEN))
    (tmp_path / "secret").write_text(PASSPHRASE + "\n")
    key, folder = str(tmp_path / "ot-anna.key"), str(tmp_path)
    words = ["--passphrase-file", str(tmp_path / "secret")]

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(cli, arguments)

    assert "OT" in run("keys", "new", "ot-anna", "--out", folder, *words).output
    assert isinstance(run("envelope", "verify", folder).exception, EnvelopeRefused)
    assert "version 1 is signed" in run("envelope", "sign", folder, "--key", key, *words).output
    assert run("envelope", "verify", folder).exception.code == "unknown-key"
    assert "is trusted" in run("keys", "trust", str(tmp_path / "ot-anna.pub"), folder).output
    assert "signed by ot-anna" in run("envelope", "verify", folder).output
    elsewhere = str(tmp_path / "elsewhere")
    assert run("envelope", "verify", folder, "--state", elsewhere).exception.code == "unknown-key"
    assert (
        "heater: tcp://10.0.0.5:502/1/holding/20/float32: 0 to 100 %; safe 0.0"
        in run("envelope", "show", folder).output
    )
    id = Signer(Path(key), PASSPHRASE).id
    assert "is revoked" in run("keys", "revoke", id, folder, "--reason", "left the company").output
    assert "left the company" in run("keys", "list", folder).output
    assert run("envelope", "verify", folder).exception.code == "revoked-key"
    acts = [(entry.what, entry.about) for entry in entries(audit_folder(tmp_path))]
    assert acts == [("key-trusted", "ot-anna"), ("key-revoked", "ot-anna")]
    assert PASSPHRASE not in (tmp_path / "envelope.json.sig").read_text()
