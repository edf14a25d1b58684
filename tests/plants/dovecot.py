"""A real Dovecot for tests: IMAP and POP3 with TLS, on free ports of 127.0.0.1, in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from tests.plants.mosquitto import LOOPBACK, Authority, free_port

USER, PASSWORD = "orders", "blue-finch-88"
READY_WITHIN_S = 60.0


def missing() -> str:
    """Say why no Dovecot can be started here; empty: one can."""
    if shutil.which("dovecot") is None:
        return "Dovecot is not installed (Debian: apt install dovecot-imapd dovecot-pop3d)"
    return "" if os.getuid() == 0 else "Dovecot is started by root alone here"


class Dovecot:
    """One server with one mailbox; `with Dovecot() as server: server.imap`."""

    def __init__(self) -> None:
        """Write its settings."""
        self.folder = Path(tempfile.mkdtemp(prefix="flowengine-dovecot-"))
        self.imap, self.imaps, self.pop3s = free_port(), free_port(), free_port()
        self.authority = Authority(self.folder)
        certificate, key = self.authority.issue("mail", f"IP:{LOOPBACK}")
        nobody = pwd.getpwnam("nobody")
        (self.folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        services = _service("imap-login", imap=self.imap, imaps=self.imaps)
        services += _service("pop3-login", pop3=0, pop3s=self.pop3s)
        self._settings = self.folder / "dovecot.conf"
        self._settings.write_text(
            f"base_dir = {self.folder}/run\nlog_path = {self.folder}/log\nprotocols = imap pop3\nlisten = {LOOPBACK}\n"
            f"default_internal_user = nobody\ndefault_internal_group = nogroup\ndefault_login_user = nobody\n"
            f"ssl = yes\nssl_cert = <{certificate}\nssl_key = <{key}\ndisable_plaintext_auth = no\n"
            f"first_valid_uid = 1\nmail_location = maildir:{self.folder}/mail\n"
            f"passdb {{\ndriver = passwd-file\nargs = {self.folder}/users\n}}\n"
            f"userdb {{\ndriver = static\nargs = uid={nobody.pw_uid} gid={nobody.pw_gid} home={self.folder}/home\n}}\n"
            f"service anvil {{\nchroot =\n}}\n{services}"
        )
        self.folder.chmod(0o755)
        for name in ("mail/cur", "mail/new", "mail/tmp", "home"):
            (self.folder / name).mkdir(parents=True)
        for place in (self.folder / "mail", *(self.folder / "mail").iterdir(), self.folder / "home"):
            shutil.chown(place, "nobody", "nogroup")

    def put(self, name: str, mail: bytes) -> None:
        """Put a mail into the box."""
        file = self.folder / "mail" / "new" / f"{len(os.listdir(self.folder / 'mail' / 'new'))}.{name}.test"
        file.write_bytes(mail)
        shutil.chown(file, "nobody", "nogroup")

    def left(self) -> dict[str, str]:
        """Return the mails in the box: the name of each, and its flags (S: it has been read)."""
        found = [path.name for place in ("cur", "new") for path in (self.folder / "mail" / place).iterdir()]
        return {name.split(".")[1]: name.partition(":2,")[2] for name in found}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(["dovecot", "-F", "-c", str(self._settings)], stderr=subprocess.DEVNULL)
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until and self._process.poll() is None:
            try:
                socket.create_connection((LOOPBACK, self.imap), 1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return self
        log = self.folder / "log"
        said = log.read_text()[-500:] if log.exists() else ""
        self.__exit__()
        raise RuntimeError(f"Dovecot did not start: {said}")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(READY_WITHIN_S)
        shutil.rmtree(self.folder, ignore_errors=True)


def _service(name: str, **ports: int) -> str:
    listeners = "".join(
        f"inet_listener {protocol} {{\naddress = {LOOPBACK}\nport = {port}\n"
        f"ssl = {'yes' if protocol.endswith('s') else 'no'}\n}}\n"
        for protocol, port in ports.items()
    )
    return f"service {name} {{\nchroot =\n{listeners}}}\n"
