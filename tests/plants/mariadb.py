"""A real MariaDB for tests: data of its own in a folder, on a free port of 127.0.0.1."""

from __future__ import annotations

import shutil
from typing import ClassVar

from tests.plants.database_server import DatabaseServer
from tests.plants.mosquitto import LOOPBACK

PASSWORD = "brown-heron-12"
_SETTINGS = ("--no-defaults", "--skip-name-resolve", "--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=0")
_BEFORE = f"""CREATE DATABASE IF NOT EXISTS plant CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS 'flowengine'@'%' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON plant.* TO 'flowengine'@'%';
"""


def missing() -> str:
    """Say why no MariaDB can be started here; empty: one can."""
    if shutil.which("mariadbd") is None or shutil.which("mariadb-install-db") is None:
        return "MariaDB is not installed (Debian: apt install mariadb-server)"
    return ""


class MariaDb(DatabaseServer):
    """One server; `with MariaDb() as server: server.port`. It has a user flowengine and a database plant."""

    owner: ClassVar[tuple[str, str]] = ("mysql", "mysql")
    ready: ClassVar[bytes] = b"ready for connections"

    def __init__(self) -> None:
        """Make the data."""
        super().__init__()
        before = self.folder / "before.sql"
        before.write_text(_BEFORE, encoding="utf-8")
        before.chmod(0o644)
        self._run("mariadb-install-db", "--no-defaults", f"--datadir={self._data}", "--skip-test-db")

    def _command(self) -> list[str]:
        places = [f"--datadir={self._data}", f"--socket={self.folder}/socket", f"--pid-file={self.folder}/pid"]
        where = [f"--bind-address={LOOPBACK}", f"--port={self.port}", f"--init-file={self.folder}/before.sql"]
        return ["mariadbd", *_SETTINGS, *places, *where]
