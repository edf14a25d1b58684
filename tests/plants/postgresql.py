"""A real PostgreSQL for tests: a cluster of its own in a folder, on a free port of 127.0.0.1."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import ClassVar

from tests.plants.database_server import DatabaseServer
from tests.plants.mosquitto import LOOPBACK

PASSWORD = "grey-otter-37"


def missing() -> str:
    """Say why no PostgreSQL can be started here; empty: one can."""
    if _program("initdb") is None or _program("postgres") is None:
        return "PostgreSQL is not installed (Debian: apt install postgresql)"
    return ""


class PostgreSql(DatabaseServer):
    """One server; `with PostgreSql() as server: server.port`. It has a user and a database called flowengine."""

    owner: ClassVar[tuple[str, str]] = ("nobody", "nogroup")
    ready: ClassVar[bytes] = b"ready to accept connections"
    ending: ClassVar[int] = signal.SIGQUIT  # as `pg_ctl stop -m immediate` does

    def __init__(self) -> None:
        """Make the cluster."""
        super().__init__()
        word = self.folder / "password"
        word.write_text(PASSWORD, encoding="utf-8")
        word.chmod(0o644)
        make, kept = _program("initdb"), ("-A", "scram-sha-256", f"--pwfile={word}", "-E", "UTF8", "--no-sync")
        assert make is not None
        self._run(make, "-D", self._data, "-U", "flowengine", *kept)

    def _command(self) -> list[str]:
        program = _program("postgres")
        assert program is not None
        settings = {"listen_addresses": LOOPBACK, "port": str(self.port), "unix_socket_directories": "", "fsync": "off"}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [program, "-D", str(self._data), *words]


def _program(name: str) -> str | None:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(map(str, places)))
