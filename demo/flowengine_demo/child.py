"""A child process of the demo: started, waited for until it is ready, stopped, killed; nothing of it is left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TypeVar

Ready = TypeVar("Ready")

_LOOK_EVERY_S = 0.02
_STOP_PATIENCE_S = 6.0


class ChildError(RuntimeError):
    """A child process could not be started; the message says why and shows its last words."""


class Child:
    """One process at a time under one name, in a process group of its own.

    The own group keeps Ctrl-C in the terminal away from it (the demo stops its children in the right order) and lets
    `kill` take a program together with its ward.
    """

    def __init__(self, name: str) -> None:
        """Name it as the user knows it, for messages."""
        self.name = name
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Its process id while it is alive."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def exit_code(self) -> int | None:
        """How it ended by itself; None while it runs, and after `stop` or `kill`."""
        return self._process.poll() if self._process is not None else None

    def output(self) -> str:
        """Everything it has printed since it was started, stdout and stderr."""
        if self._output is None:
            return ""
        printed = self._output.fileno()
        # pread, since the child writes at the file's position: a seek here would move it.
        return os.pread(printed, os.fstat(printed).st_size, 0).decode(errors="replace")

    def start(self, command: Sequence[str], ready: Callable[[str], Ready | None], within_s: float) -> Ready:
        """Start the command and wait until `ready`, given the output so far, returns something."""
        if self.running:
            raise ChildError(f"{self.name} is running already")
        self._forget()
        # A file, not a pipe: nobody has to keep reading lest the child block, and its last words outlive it.
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the child is ours
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                env=_environment(),
                start_new_session=True,
            )
            return self._wait(ready, within_s)
        except BaseException:
            self.kill()
            raise

    def _wait(self, ready: Callable[[str], Ready | None], within_s: float) -> Ready:
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            ended = not self.running  # asked before, so that the last words of an ended process are all there
            found = ready(self.output())
            if ended:
                raise ChildError(f"{self.name} ended at once: {self._last_words()}")
            if found is not None:
                return found
            time.sleep(_LOOK_EVERY_S)
        raise ChildError(f"{self.name} was not ready within {within_s:g} s: {self._last_words()}")

    def stop(self) -> None:
        """Ask it to end, wait, and kill it if it does not."""
        if self._process is not None and self.running:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_PATIENCE_S)
        self.kill()

    def kill(self) -> None:
        """End it at once, with everything that it started: as a power cut would."""
        if self._process is not None and self.running:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._forget()

    def _forget(self) -> None:
        self._process = None
        if self._output is not None:
            self._output.close()
            self._output = None

    def _last_words(self) -> str:
        lines = [line for line in self.output().splitlines() if line.strip()]
        return " | ".join(lines[-5:]) or "it printed nothing"


def _environment() -> dict[str, str]:
    """Our environment, in which the child finds this package however we found it ourselves."""
    paths = [str(Path(__file__).resolve().parent.parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}
