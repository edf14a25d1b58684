from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from flowengine import Retryable
from flowengine_nodes.modbus import pdu
from flowengine_nodes.modbus.device import Device
from flowengine_nodes.modbus.requests import Span
from tests.plants.modbus_certificates import Certificates, make_certificates
from tests.plants.modbus_slave import Slave
from tests.steady import running, steadily

REGISTER = pdu.read(1, 3, Span(0, 1))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def server_context(files: Certificates, ask_client: bool = False) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(files.ca))
    context.load_cert_chain(files.device, files.device_key)
    context.verify_mode = ssl.CERT_REQUIRED if ask_client else ssl.CERT_NONE
    return context


async def read_over_tls(context: ssl.SSLContext, **options: str) -> tuple[bytes | str, str]:
    """Return the answer or the error, and the last status."""
    slave = Slave()
    slave.bank.holding[0] = 77
    await slave.start(context)
    device = Device(transport="tls", host="127.0.0.1", port=slave.port, **options)  # type: ignore[arg-type]
    try:
        async with running(device) as host:
            try:
                found: bytes | str = await device.line.ask(REGISTER)
            except Retryable as error:
                found = str(error)
            return found, host.statuses[-1].text
    finally:
        await slave.stop()


def test_a_device_is_read_over_tls(certificates: Certificates) -> None:
    found, status = steadily(read_over_tls(server_context(certificates), ca_file=str(certificates.ca)))
    assert found == b"\0\x4d"
    assert status.startswith("connected to 127.0.0.1:")


def test_pymodbus_server_is_read_over_tls_and_what_ends_soon_is_said(certificates: Certificates) -> None:
    from pymodbus import pymodbus_apply_logging_config
    from pymodbus.server import ModbusTlsServer
    from pymodbus.simulator import DataType, SimData, SimDevice

    pymodbus_apply_logging_config("CRITICAL")

    async def main() -> tuple[bytes, str]:
        bank = SimDevice(1, [SimData(0, count=10, values=7, datatype=DataType.REGISTERS)])
        context = server_context(certificates, ask_client=True)
        server = ModbusTlsServer(bank, address=("127.0.0.1", 0), sslctx=context)
        await server.listen()
        assert server.transport is not None
        port = server.transport.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        files: dict[str, Any] = {"certificate_file": str(certificates.client), "key_file": str(certificates.client_key)}
        device = Device(transport="tls", host="127.0.0.1", port=port, ca_file=str(certificates.ca), **files)
        try:
            async with running(device) as host:
                found = await device.line.ask(REGISTER)
                return found, f"{host.statuses[-1].level} {host.statuses[-1].text}"
        finally:
            await server.shutdown()  # type: ignore[no-untyped-call]

    found, status = steadily(main())
    assert found == b"\0\x07"
    assert status.startswith("warning connected to 127.0.0.1:")
    assert "our certificate ends on" in status
    assert "the device's certificate ends on" in status


def test_a_device_that_asks_for_our_certificate_gets_it(certificates: Certificates) -> None:
    options = {"ca_file": str(certificates.ca), "certificate_file": str(certificates.client)}
    context = server_context(certificates, ask_client=True)
    found, _ = steadily(read_over_tls(context, key_file=str(certificates.client_key), **options))
    assert found == b"\0\x4d"
    found, _ = steadily(read_over_tls(context, ca_file=str(certificates.ca)))
    assert isinstance(found, str)
    assert "broke" in found or "not connected" in found


def test_a_device_with_an_unknown_certificate_is_not_believed_and_the_reason_is_shown(
    certificates: Certificates,
) -> None:
    found, status = steadily(read_over_tls(server_context(certificates)))
    assert isinstance(found, str)
    assert "its certificate was refused: self-signed certificate" in found
    assert status.startswith("not connected: its certificate was refused")


def test_a_device_with_the_certificate_of_another_name_is_not_believed(certificates: Certificates) -> None:
    options = {"ca_file": str(certificates.ca), "server_name": "press-7.plant"}
    found, _ = steadily(read_over_tls(server_context(certificates), **options))
    assert "certificate is not valid for 'press-7.plant'" in str(found)


def test_a_certificate_file_that_is_missing_is_named(certificates: Certificates, tmp_path: Path) -> None:
    _, status = steadily(read_over_tls(server_context(certificates), ca_file=str(tmp_path / "none.pem")))
    assert "No such file or directory" in status
