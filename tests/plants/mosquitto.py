"""A real mosquitto for tests: a child on a free port of 127.0.0.1, with whatever configuration a test needs."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

LOOPBACK = "127.0.0.1"
READY_WITHIN_S = 60.0


def program(name: str = "mosquitto") -> str:
    """Return where a program of the mosquitto package is; without it the tests fail, they are not skipped."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")
    if found is None:
        raise RuntimeError(
            f"{name} is not installed; the MQTT tests need a real broker (Debian: apt install mosquitto)"
        )
    return found


def free_port() -> int:
    """Return a port that nobody listens on, and that nobody gets by chance until the test's own server listens there.

    It is from below the range of outgoing connections and of port 0 (from 32768 on Linux, from 49152 by RFC 6335), and
    from below that of the demo (from 20000); each process of the tests has a part of its own.
    """
    for port in _PORTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((LOOPBACK, port))
            return port
    raise AssertionError("there is always a next one")


def _ports() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 8
    own = range(12_000 + 1000 * worker, 13_000 + 1000 * worker)
    yield from itertools.islice(itertools.cycle(own), random.SystemRandom().randrange(len(own)), None)


_PORTS = _ports()


class Mosquitto:
    """One broker; `with Mosquitto(folder) as broker: broker.port`. What it stores outlives a restart."""

    def __init__(self, folder: Path, *lines: str, tls: tuple[Path, Path] | None = None) -> None:
        """Take further lines for its configuration; `tls` is its certificate and key."""
        self.port = free_port()
        self._folder = folder
        self._lines = lines
        self._tls = tls
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        config = self._folder / "mosquitto.conf"
        config.write_text(self._config(), encoding="utf-8")
        with (self._folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen([program(), "-c", config], stdout=log, stderr=log)
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until:
            try:
                socket.create_connection((LOOPBACK, self.port), timeout=1.0).close()
            except OSError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.005)
            else:
                return
        self.kill()
        raise RuntimeError(f"mosquitto did not start: {self.log()[-500:]}")

    def _config(self) -> str:
        own = [
            f"listener {self.port} {LOOPBACK}",
            f"persistence_location {self._folder}/",
            "persistence true",
            "set_tcp_nodelay true",
            "log_type all",
            "user root",
        ]
        if not any(line.startswith(("password_file", "allow_anonymous")) for line in self._lines):
            own.append("allow_anonymous true")
        if self._tls:
            own += [f"certfile {self._tls[0]}", f"keyfile {self._tls[1]}"]
        return "\n".join([*own, *self._lines]) + "\n"

    def log(self) -> str:
        """Return what it has said."""
        return (self._folder / "mosquitto.log").read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """End it in order: it writes down its sessions."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(READY_WITHIN_S)
            self._process = None

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(READY_WITHIN_S)
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def password_file(folder: Path, **users: str) -> Path:
    """Write a password file for these users."""
    file = folder / "passwords"
    file.touch(mode=0o600)
    for user, password in users.items():
        subprocess.run([program("mosquitto_passwd"), "-b", file, user, password], check=True, capture_output=True)
    return file


class Authority:
    """A certificate authority in a folder, made with the openssl program."""

    def __init__(self, folder: Path, name: str = "test-ca") -> None:
        self.certificate = folder / f"{name}.pem"
        self._key, self._folder = folder / f"{name}.key", folder
        self._openssl("req", "-x509", *_NEW_KEY, "-keyout", self._key, "-out", self.certificate, "-subj", f"/CN={name}")

    def issue(self, name: str, *alternatives: str, days: int = 2) -> tuple[Path, Path]:
        """Return certificate and key for a name, valid for alternatives such as `IP:127.0.0.1` for so many days."""
        request, key = self._folder / f"{name}.csr", self._folder / f"{name}.key"
        certificate, extensions = self._folder / f"{name}.pem", self._folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={','.join(alternatives) or 'DNS:' + name}\n", encoding="utf-8")
        self._openssl("req", *_NEW_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        by = ("-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial")
        signed = (*by, "-days", str(days), "-extfile", extensions)
        self._openssl("x509", "-req", "-in", request, "-out", certificate, *signed)
        return certificate, key

    @staticmethod
    def _openssl(*arguments: str | Path) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
