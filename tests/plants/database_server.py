"""What the database servers of the tests have in common: a folder of their own, a start that is waited for, an end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import ClassVar, Self

from tests.plants.mosquitto import free_port


class DatabaseServer:
    """One server, on a free port of 127.0.0.1; `with` starts and ends it, and removes what it kept."""

    owner: ClassVar[tuple[str, str]]
    """User and group that it runs as where the tests are root's: it refuses to run as root."""
    ready: ClassVar[bytes]
    """What stands in its log when it takes connections."""
    patience: ClassVar[float] = 60.0
    ending: ClassVar[int] = signal.SIGKILL

    def __init__(self) -> None:
        """Make the folder."""
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="flowengine-db-"))
        user, group = self.owner
        self._owner = {"user": user, "group": group} if os.getuid() == 0 else {}
        if self._owner:
            shutil.chown(self.folder, **self._owner)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _command(self) -> list[str]:
        """Return the command that starts it."""
        raise NotImplementedError

    def _run(self, *command: str | Path) -> None:
        done = subprocess.run(command, capture_output=True, cwd="/", **self._owner)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stderr.decode()

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        log = self.folder / "log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(self._command(), stdout=out, stderr=out, cwd="/", **self._owner)  # type: ignore[call-overload]
        until = time.monotonic() + self.patience
        while time.monotonic() < until and self._process.poll() is None:
            if self.ready in log.read_bytes():
                return
            time.sleep(0.01)
        raise RuntimeError(f"{type(self).__name__} did not start: {log.read_text()[-500:]}")

    def stop(self) -> None:
        """End it at once, as a fall of the machine does."""
        if self._process is not None:
            self._process.send_signal(self.ending)
            self._process.wait(self.patience)
            self._process = None
        (self.folder / "log").unlink(missing_ok=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
