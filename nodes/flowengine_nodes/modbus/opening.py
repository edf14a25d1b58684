"""How a connection to a device is opened: TCP, TLS, a serial port, or RTU through a gateway."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

from flowengine import end_of_file, end_of_peer
from flowengine_nodes.reached import first

if TYPE_CHECKING:
    from flowengine_nodes.modbus.device import Device
    from flowengine_nodes.modbus.line import Line
    from flowengine_nodes.modbus.rtu import Rtu

CONNECT_TIMEOUT = 3.0
"""Seconds to open a connection, at least: a name look-up or a TLS handshake takes longer than an answer."""


async def open_wire(
    device: Device, line: Line, addresses: list[str], context: ssl.SSLContext | None
) -> dict[str, float]:
    """Open the connection, to one of the addresses where it is no serial line, and tell the line.

    Returns when the certificates that it depends on end.

    Raises:
        OSError: it cannot be opened (the other side refuses, is away, has no valid certificate; no such port).
    """
    from flowengine_nodes.modbus.mbap import Mbap
    from flowengine_nodes.modbus.rtu import Rtu

    loop = asyncio.get_running_loop()
    if device.transport == "rtu":
        await _open_serial(device, Rtu(line))
        return {}
    framing = Rtu if device.transport == "rtu-over-tcp" else Mbap
    seconds = max(CONNECT_TIMEOUT, device.timeout)
    try:
        async with asyncio.timeout(seconds):
            transport, _ = await first(
                addresses,
                lambda address: loop.create_connection(
                    lambda: framing(line),
                    address,
                    device.network_port,
                    ssl=context,
                    server_hostname=(device.server_name or device.host) if context else None,
                ),
            )
    except TimeoutError:
        raise OSError(f"no answer within {seconds:g} s") from None
    return await device.blocking(_ends, device, transport.get_extra_info("ssl_object")) if context else {}


def _ends(device: Device, ssl_object: ssl.SSLObject) -> dict[str, float]:
    found = {"our certificate": end_of_file(device.certificate_file)} if device.certificate_file else {}
    theirs = end_of_peer(ssl_object)
    return found if theirs is None else {**found, "the device's certificate": theirs}


async def _open_serial(device: Device, wire: Rtu) -> None:
    # pymodbus brings pyserial into asyncio; 0.1 s to import, so only where there is a serial port.
    from pymodbus.transport.serialtransport import create_serial_connection

    loop = asyncio.get_running_loop()
    wire.made = loop.create_future()
    await create_serial_connection(
        loop,
        lambda: wire,
        device.serial_port,
        baudrate=device.baudrate,
        bytesize=device.bytesize,
        parity=device.parity[0].upper(),
        stopbits=device.stopbits,
        timeout=0,
    )
    await wire.made


def tls_context(device: Device) -> ssl.SSLContext:
    """Return how to check the device's certificate and which one to show it.

    Raises:
        OSError: a certificate file cannot be read.
    """
    context = ssl.create_default_context(cafile=device.ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if device.certificate_file:
        context.load_cert_chain(device.certificate_file, device.key_file or None)
    return context


def frame_gap(baudrate: int) -> float:
    """Return the silence between two RTU frames in seconds.

    3.5 characters of 11 bits, 1.75 ms from 19200 Bd up (MODBUS over Serial Line V1.02, 2.5.1.1).
    """
    return max(3.5 * 11 / baudrate, 0.00175)
