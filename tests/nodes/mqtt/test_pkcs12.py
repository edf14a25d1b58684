"""Certificate and key of a connection in one file, PKCS #12."""

from __future__ import annotations

import base64
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from flowengine_nodes.mqtt.tls import Tls
from tests.plants.mosquitto import Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "ours")


@pytest.fixture(scope="module")
def content(authority: Authority) -> bytes:
    """Return a certificate, its key and its CA in one, with the password s3cret."""
    certificate, key = (file.read_bytes() for file in authority.issue("line-1"))
    private = serialization.load_pem_private_key(key, None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    own, ca = (x509.load_pem_x509_certificate(each) for each in (certificate, authority.certificate.read_bytes()))
    return pkcs12.serialize_key_and_certificates(
        b"line-1", private, own, [ca], serialization.BestAvailableEncryption(b"s3cret")
    )


def shaken(client: Tls, authority: Path, own: tuple[Path, Path]) -> str:
    """Return whose certificate a server gets that asks for one."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*own)
    server.load_verify_locations(authority)
    server.verify_mode = ssl.CERT_REQUIRED
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    there = server.wrap_bio(to_server, to_client, server_side=True)
    here = client.context().wrap_bio(to_client, to_server, server_hostname="127.0.0.1")
    for _ in range(6):
        for side in (here, there):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    shown = there.getpeercert()
    assert shown
    return str(shown["subject"])


def test_it_is_shown_to_a_server_that_asks_from_a_file_and_from_a_secret(
    authority: Authority, content: bytes, tmp_path: Path
) -> None:
    server = authority.issue("broker", "IP:127.0.0.1")
    file = tmp_path / "own.p12"
    file.write_bytes(content)
    written = f"-----BEGIN PKCS12-----\n{base64.b64encode(content).decode()}\n-----END PKCS12-----\n"
    for certificate in (str(file), written):
        tls = Tls(ca=str(authority.certificate), certificate=certificate, key_password="s3cret")
        assert shaken(tls, authority.certificate, server) == "((('commonName', 'line-1'),),)"
        assert "our certificate" in tls.ends(None)


def test_one_that_cannot_be_opened_is_named_and_nothing_of_it_is_said(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "own.p12"
    file.write_bytes(content)
    with pytest.raises(OSError, match=r"own.p12.*the password is wrong, or it is damaged"):
        Tls(certificate=str(file), key_password="other").context()
    written = "-----BEGIN PKCS12-----\nc2VjcmV0\n-----END PKCS12-----"
    with pytest.raises(OSError, match=r"\(in the options\).*damaged"):
        Tls(certificate=written).context()
    with pytest.raises(OSError, match="No such file"):
        Tls(certificate=str(tmp_path / "none.p12")).context()
