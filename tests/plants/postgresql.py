"""A real PostgreSQL for tests: a cluster of its own in a folder, on a free port of 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from tests.plants.mosquitto import LOOPBACK, free_port

PASSWORD = "grey-otter-37"
READY_WITHIN_S = 20.0


def missing() -> str:
    """Say why no PostgreSQL can be started here; empty: one can."""
    if _program("initdb") is None or _program("postgres") is None:
        return "PostgreSQL is not installed (Debian: apt install postgresql)"
    return ""


class PostgreSql:
    """One server; `with PostgreSql() as server: server.port`. It has a user and a database called flowengine."""

    def __init__(self) -> None:
        """Make the cluster."""
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="flowengine-pg-"))
        self._owner = {"user": "nobody", "group": "nogroup"} if os.getuid() == 0 else {}  # it refuses to run as root
        if self._owner:
            shutil.chown(self.folder, **self._owner)
        word = self.folder / "password"
        word.write_text(PASSWORD, encoding="utf-8")
        word.chmod(0o644)
        self._run(
            "initdb",
            "-D",
            self._data,
            "-U",
            "flowengine",
            "-A",
            "scram-sha-256",
            f"--pwfile={word}",
            "-E",
            "UTF8",
            "--no-sync",
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _run(self, name: str, *arguments: str | Path) -> None:
        program = _program(name)
        assert program is not None
        done = subprocess.run([program, *arguments], capture_output=True, cwd="/", **self._owner)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stderr.decode()

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        program = _program("postgres")
        assert program is not None
        settings = {"listen_addresses": LOOPBACK, "port": str(self.port), "unix_socket_directories": "", "fsync": "off"}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        log = self.folder / "log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [program, "-D", str(self._data), *words],
                stdout=out,
                stderr=out,
                cwd="/",
                **self._owner,  # type: ignore[call-overload]
            )
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until and self._process is not None and self._process.poll() is None:
            if b"ready to accept connections" in log.read_bytes():
                return
            time.sleep(0.01)
        raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-500:]}")

    def stop(self) -> None:
        """End it at once, as `pg_ctl stop -m immediate` does."""
        if self._process is not None:
            self._process.send_signal(3)
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


def _program(name: str) -> str | None:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(map(str, places)))
