"""The plant as a child process of whoever needs one: the demo's command, a test, a benchmark."""

from __future__ import annotations

import json
import os
import sys
from types import TracebackType

from flowengine_demo.child import Child
from flowengine_demo.ports import start_on_free_port


class PlantProcess:
    """Starts, stops and restarts the simulated plant; as a context manager, started inside and gone after.

    A restart is a power cycle of the whole plant: cold oven, new bearing, the same port.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        speed: float = 1.0,
        seed: int = 1,
        door_every_s: float | None = None,
        door_open_for_s: float = 10.0,
        watchdog_s: float = 10.0,
        ready_within_s: float = 30.0,
    ) -> None:
        """Take the options of `python -m flowengine_demo.plant`; port 0 is a free one, no `door_every_s` is no door."""
        self.host = "127.0.0.1"
        self.port = port
        self._ready_within_s = ready_within_s
        self._options = [f"--speed={speed}", f"--seed={seed}", f"--watchdog={watchdog_s}"]
        if door_every_s is None:
            self._options.append("--no-door")
        else:
            self._options += [f"--door-every={door_every_s}", f"--door-open-for={door_open_for_s}"]
        self._child = Child("the simulated plant")

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._child.running

    @property
    def pid(self) -> int | None:
        """Its process id while it is alive."""
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """How the process ended by itself; None while it runs, and after `stop` or `kill`."""
        return self._child.exit_code

    def start(self) -> None:
        """Start the plant and wait until it listens; ChildError says why it does not."""
        if self.port:
            self._start_on(self.port)
        else:
            self.port = start_on_free_port(self.host, self._start_on)

    def _start_on(self, port: int) -> None:
        command = [sys.executable, "-m", "flowengine_demo.plant", f"--port={port}", f"--parent={os.getpid()}"]
        self._child.start([*command, *self._options], _announced_port, self._ready_within_s)

    def stop(self) -> None:
        """End the plant cleanly; nothing happens if it does not run."""
        self._child.stop()

    def kill(self) -> None:
        """End the plant as a power cut would."""
        self._child.kill()

    def restart(self) -> None:
        """Stop it and start it again on the same port."""
        self.stop()
        self.start()

    def __enter__(self) -> PlantProcess:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()


def _announced_port(output: str) -> int | None:
    """The port in the ready line, once that line is complete."""
    for line in output.splitlines(keepends=True):
        if line.startswith("{") and line.endswith("\n"):
            port: int = json.loads(line)["port"]
            return port
    return None
