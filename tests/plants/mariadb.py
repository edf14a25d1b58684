"""A real MariaDB for tests: data of its own in a folder, on a free port of 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from tests.plants.mosquitto import LOOPBACK, free_port

PASSWORD = "brown-heron-12"
READY_WITHIN_S = 30.0
_SETTINGS = ("--no-defaults", "--skip-name-resolve", "--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=0")
_BEFORE = f"""CREATE DATABASE plant CHARACTER SET utf8mb4;
CREATE USER 'flowengine'@'%' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON plant.* TO 'flowengine'@'%';
"""


def missing() -> str:
    """Say why no MariaDB can be started here; empty: one can."""
    if shutil.which("mariadbd") is None or shutil.which("mariadb-install-db") is None:
        return "MariaDB is not installed (Debian: apt install mariadb-server)"
    return ""


class MariaDb:
    """One server; `with MariaDb() as server: server.port`. It has a user flowengine and a database plant."""

    def __init__(self) -> None:
        """Make the data."""
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="flowengine-maria-"))
        self._data = self.folder / "data"
        self._owner = {"user": "mysql", "group": "mysql"} if os.getuid() == 0 else {}  # it does not run as root
        if self._owner:
            shutil.chown(self.folder, **self._owner)
        before = self.folder / "before.sql"
        before.write_text(_BEFORE, encoding="utf-8")
        before.chmod(0o644)
        install = ["mariadb-install-db", "--no-defaults", f"--datadir={self._data}", "--skip-test-db"]
        done = subprocess.run(install, capture_output=True, cwd="/", **self._owner)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stderr.decode()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        places = [f"--datadir={self._data}", f"--socket={self.folder}/socket", f"--pid-file={self.folder}/pid"]
        where = [f"--bind-address={LOOPBACK}", f"--port={self.port}", f"--init-file={self.folder}/before.sql"]
        log = self.folder / "log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                ["mariadbd", *_SETTINGS, *places, *where],
                stdout=out,
                stderr=out,
                cwd="/",
                **self._owner,  # type: ignore[call-overload]
            )
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until and self._process.poll() is None:
            if b"ready for connections" in log.read_bytes():
                (self.folder / "before.sql").write_text("", encoding="utf-8")
                return
            time.sleep(0.02)
        raise RuntimeError(f"MariaDB did not start: {log.read_text()[-500:]}")

    def stop(self) -> None:
        """End it at once, as a fall of the machine does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10.0)
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
