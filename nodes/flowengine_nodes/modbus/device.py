"""A Modbus device, or a gateway with several: one connection, shared by all nodes of all flows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, CertificateWatch, Connection, NodeError, only_with, unit
from flowengine_nodes.modbus.identification import read_identification
from flowengine_nodes.modbus.line import Counts, Line
from flowengine_nodes.modbus.opening import frame_gap, open_wire, tls_context
from flowengine_nodes.modbus.requests import MOST_REGISTERS
from flowengine_nodes.modbus.turns import Turns

Seconds = unit("s")
_RETRY_MOST = {"tcp": 2.0, "tls": 2.0, "rtu-over-tcp": 20.0, "rtu": 20.0}

_NETWORK = only_with(transport=("tcp", "rtu-over-tcp", "tls"))
_SERIAL = only_with(transport="rtu")
_TLS = only_with(transport="tls")


class Device(Connection, type="modbus/device"):
    """A device that speaks Modbus, over the network or a serial line.

    Name it once; every node that reads or writes it shares one connection. It connects by itself, also when the
    device is switched on later, and connects again when the connection breaks.

    Behind a gateway or on a serial line there are several units. A unit that does not answer is left in peace for a
    moment and then tried again, so that it does not hold up the others.

    Example: `transport: tcp`, `host: 192.168.0.10`.
    """

    ot = True

    transport: Annotated[
        Literal["tcp", "rtu", "rtu-over-tcp", "tls"],
        Meta(
            description="tcp: Modbus TCP; rtu: a serial line; rtu-over-tcp: a serial line behind a gateway that passes "
            "the bytes on; tls: Modbus TCP Security"
        ),
    ] = "tcp"
    host: Annotated[
        str,
        Meta(description="Name or address of the device or gateway; not for rtu"),
        _NETWORK,
    ] = ""
    port: Annotated[
        int | None,
        Meta(ge=1, le=65535, description="TCP port; empty: 502, with tls 802", examples=[502]),
        _NETWORK,
    ] = None
    serial_port: Annotated[
        str,
        Meta(description="Serial port, for rtu only", examples=["/dev/ttyUSB0", "COM3"]),
        _SERIAL,
    ] = ""
    baudrate: Annotated[
        int,
        Meta(ge=300, le=4_000_000, description="Speed of the serial line", extra_json_schema=unit("Bd")),
        _SERIAL,
    ] = 19200
    parity: Annotated[Literal["none", "even", "odd"], Meta(description="Parity of the serial line"), _SERIAL] = "even"
    stopbits: Annotated[Literal[1, 2], Meta(description="Stop bits of the serial line", title="Stop bits"), _SERIAL] = 1
    bytesize: Annotated[Literal[7, 8], Meta(description="Data bits of the serial line", title="Data bits"), _SERIAL] = 8
    ca_file: Annotated[
        str,
        Meta(description="File with the certificates to trust (PEM), for tls; empty: those of the system"),
        _TLS,
    ] = ""
    certificate_file: Annotated[str, Meta(description="File with our own certificate (PEM), for tls"), _TLS] = ""
    key_file: Annotated[
        str,
        Meta(description="File with the key to our certificate (PEM); empty: it is in the certificate's file"),
        _TLS,
    ] = ""
    server_name: Annotated[
        str,
        Meta(description="Name in the device's certificate, for tls; empty: the host as written above"),
        _TLS,
    ] = ""
    timeout: Annotated[
        float, Meta(gt=0, le=60, description="How long to wait for an answer", extra_json_schema=Seconds)
    ] = 1.0
    delay: Annotated[
        float,
        Meta(
            ge=0,
            le=10,
            description="Pause between an answer and the next request; a serial line always keeps the 3.5 characters "
            "of silence that the standard asks for",
            extra_json_schema=Seconds,
        ),
        ADVANCED,
    ] = 0.0
    parallel: Annotated[
        int,
        Meta(
            ge=1,
            le=16,
            description="Requests under way at once over the one connection, for tcp and tls; most devices take one",
        ),
        ADVANCED,
    ] = 1
    reconnect_min: Annotated[
        float,
        Meta(gt=0, le=60, description="Wait before connecting again; doubles each time", extra_json_schema=Seconds),
        ADVANCED,
    ] = 0.2
    reconnect_max: Annotated[
        float,
        Meta(gt=0, le=600, description="Longest wait before connecting again", extra_json_schema=Seconds),
        ADVANCED,
    ] = 2.0
    unit_retry_max: Annotated[
        float | None,
        Meta(
            gt=0,
            le=600,
            description="Longest pause for a unit that does not answer; it begins at 0.5 s and doubles. Empty: 2 s for "
            "tcp and tls, where a silent unit holds up no other, and 20 s where the units share a serial line",
            extra_json_schema=Seconds,
        ),
        ADVANCED,
    ] = None
    max_gap: Annotated[
        int,
        Meta(
            ge=0,
            le=100,
            description="Reads are joined into one request also over so many addresses that nobody asked for; "
            "0: only neighbours",
        ),
        ADVANCED,
    ] = 0
    max_registers: Annotated[
        int, Meta(ge=1, le=MOST_REGISTERS, description="Registers that the device lets one request read"), ADVANCED
    ] = MOST_REGISTERS
    queue: Annotated[
        int, Meta(ge=1, le=100_000, description="Requests that may wait; one more fails at once"), ADVANCED
    ] = 1000

    def __post_init__(self) -> None:
        if self.transport == "rtu" and not self.serial_port:
            raise ValueError("serial_port is missing: transport rtu needs one, such as /dev/ttyUSB0")
        if self.transport != "rtu" and not self.host:
            raise ValueError(f"host is missing: transport {self.transport} needs the device's name or address")
        if self.reconnect_max < self.reconnect_min:
            raise ValueError("reconnect_max must not be less than reconnect_min")
        if self.key_file and not self.certificate_file:
            raise ValueError("key_file needs certificate_file beside it")
        self.network_port = self.port or (802 if self.transport == "tls" else 502)
        self.serial_line = self.transport in ("rtu", "rtu-over-tcp")
        """Whether the units share a serial line, where unit 0 means all of them."""
        self.name = self.serial_port if self.transport == "rtu" else f"{self.host}:{self.network_port}"
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def named_hosts(cls, options: Mapping[str, Any]) -> list[tuple[str, int]]:
        """Name the device or gateway; none on a serial line."""
        transport = options.get("transport", "tcp")
        port = options.get("port") or (802 if transport == "tls" else 502)
        return [] if transport == "rtu" else [(str(options.get("host", "")), int(port))]

    @classmethod
    async def identify(cls, options: Mapping[str, Any], where: Mapping[str, Any]) -> Mapping[str, str]:
        """Ask a device on the network for its identification; those on a serial line are not asked."""
        transport = options.get("transport", "tcp")
        if transport != "tcp":
            return {}
        host, port = cls.named_hosts(options)[0]
        unit_id = int(where.get("unit", 1))
        return await read_identification(host, port, unit_id, float(options.get("timeout", 1.0)))

    def leads_to(self) -> str:
        """Name the device: `tcp://192.168.0.10:502`, `rtu:///dev/ttyUSB0`."""
        return f"{self.transport}://{self.name}"

    async def start(self) -> None:
        """Begin to connect, and go on until `stop`."""
        shared = self.serial_line
        gap = frame_gap(self.baudrate) if self.transport == "rtu" else 0.0
        self.line = Line(
            self.clock,
            Turns(most=self.queue, registers=self.max_registers, gap=self.max_gap),
            name=self.name,
            timeout=self.timeout,
            delay=max(self.delay, gap),
            parallel=1 if shared else self.parallel,
            retry_most=self.unit_retry_max or _RETRY_MOST[self.transport],
            reopen=self.transport != "rtu",
            changed=self._show,
        )
        self._silent_units: set[int] = set()
        self._ending = ""
        self._watch = CertificateWatch(self.clock, self.log, self._ends_soon)
        self._task = asyncio.create_task(self._keep_open(), name=f"modbus {self.name}")

    async def stop(self) -> None:
        """Close the connection; whoever still waits is told."""
        task, self._task = self._task, None
        if task is not None:
            self._watch.stop()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self.line.close()

    @property
    def counts(self) -> Counts:
        """What happened since the start."""
        return self.line.counts

    async def _keep_open(self) -> None:
        line, wait, reported = self.line, self.reconnect_min, False
        self.status("busy", f"connecting to {self.name}")
        while True:
            answers = self.counts.answers
            try:
                context = await self.blocking(tls_context, self) if self.transport == "tls" else None
                addresses = [] if self.transport == "rtu" else await self.reach(self.host, self.network_port)
                self._ending = ""
                self._watch.look(await open_wire(self, line, addresses, context))
                self._show()
                if reported:
                    self.log.info("connected to %s again", self.name)
                    reported = False
                assert line.closed is not None
                reason = await line.closed
                if line.down is None:
                    continue  # it was we who dropped it, for a fresh one
            except Exception as error:  # noqa: BLE001 - drivers and resolvers raise all kinds, but this must go on
                reason = _text(error)
            if self.counts.answers > answers:
                wait = self.reconnect_min
            line.refuse(reason, self.clock.monotonic() + wait)
            self.status("error", f"not connected: {reason}")
            if not reported:
                self.log.warning("not connected to %s: %s; trying again until it works", self.name, reason)
                reported = True
            await self.clock.sleep(wait)
            wait = min(2 * wait, self.reconnect_max)

    def _show(self) -> None:
        silent = set(self.line.suspects)
        for number in sorted(silent - self._silent_units):
            self.log.warning("%s: unit %d does not answer", self.name, number)
        for number in sorted(self._silent_units - silent):
            self.log.info("%s: unit %d answers again", self.name, number)
        self._silent_units = silent
        if silent:
            names = ", ".join(map(str, sorted(silent)))
            self.status("warning", f"unit{'s' * (len(silent) > 1)} {names} silent")
        elif self._ending:
            self.status("warning", f"connected to {self.name}; {self._ending}")
        else:
            self.status("ok", f"connected to {self.name}")

    def _ends_soon(self, said: str) -> None:
        self._ending = said
        if self.line.down is None:
            self._show()


def _text(error: Exception) -> str:
    """Say in few words why a connection could not be opened."""
    import os
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate was refused: {error.verify_message}"
    if isinstance(error, NodeError):
        return str(error)
    if not isinstance(error, OSError):
        return f"{type(error).__name__}: {error}"
    if isinstance(error, ssl.SSLError) or not error.errno or error.errno < 0:
        return error.strerror or str(error)
    return os.strerror(error.errno) + (f": {error.filename}" if error.filename else "")
