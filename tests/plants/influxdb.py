"""A real InfluxDB 1 for tests: in a folder of its own, on a free port of 127.0.0.1."""

from __future__ import annotations

import http.client
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from tests.plants.mosquitto import LOOPBACK, free_port

READY_WITHIN_S = 60.0


def missing() -> str:
    """Say why no InfluxDB can be started here; empty: one can."""
    return "" if shutil.which("influxd") else "InfluxDB is not installed (Debian: apt install influxdb)"


class InfluxDb:
    """One server; `with InfluxDb() as server: server.url`. It has a database called plant."""

    def __init__(self) -> None:
        """Write its settings."""
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.folder = Path(tempfile.mkdtemp(prefix="flowengine-influx-"))
        self._settings = self.folder / "influxdb.conf"
        self._settings.write_text(
            f'reporting-disabled = true\nbind-address = "{LOOPBACK}:{free_port()}"\n'
            f'[meta]\ndir = "{self.folder}/meta"\n[data]\ndir = "{self.folder}/data"\nwal-dir = "{self.folder}/wal"\n'
            f'[http]\nbind-address = "{LOOPBACK}:{self.port}"\nlog-enabled = false\n[monitor]\nstore-enabled = false\n',
            encoding="utf-8",
        )

    def __enter__(self) -> Self:
        with (self.folder / "log").open("wb") as out:
            self._process = subprocess.Popen(
                ["influxd", "run", "-config", str(self._settings)], stdout=out, stderr=out, cwd=self.folder
            )
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until and self._process.poll() is None:
            try:
                self.ask("POST", "/query?q=CREATE+DATABASE+plant")
            except OSError:
                time.sleep(0.02)
            else:
                return self
        self.__exit__()
        raise RuntimeError("InfluxDB did not start")

    def ask(self, method: str, path: str, body: str = "") -> bytes:
        """Send a request and return the answer."""
        link = http.client.HTTPConnection(LOOPBACK, self.port, timeout=READY_WITHIN_S)
        link.request(method, path, body.encode())
        found = link.getresponse().read()
        link.close()
        return found

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(READY_WITHIN_S)
        shutil.rmtree(self.folder, ignore_errors=True)
