"""Where the canvas is to be served, and the socket for it: claimed before the flows start, without loading the web."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flowengine.errors import FlowEngineError

if TYPE_CHECKING:
    from flowengine.access.sessions import SessionLimits

STALLED: Final = 30
"""Seconds after which a connection whose other side takes nothing is closed."""
BACKLOG: Final = 256
LOCAL: Final = ("127.0.0.1", "::1", "localhost")
PORT: Final = 1890

ANYWHERE: Final = ("0.0.0.0", "::")


class CannotServe(FlowEngineError):
    """The server cannot be started; says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class WebSettings:
    """How the canvas is to be served."""

    host: str = "127.0.0.1"
    port: int = PORT
    """0: any that is free."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    insecure_network: bool = False
    """Whether to serve without TLS beyond this computer."""
    oidc: Path | None = None
    """A file that says what has to be known of an OpenID provider; None: there is none."""
    names: tuple[str, ...] = ()
    """Further names under which browsers may ask."""
    demo: bool = False
    canvas: bool = True
    """Whether all is served; if not, only what is there to watch the engine: metrics, health, figures."""
    sessions: SessionLimits | None = None
    """How long people stay signed in; None: as usual."""
    notice: str = ""
    """What everybody is told before he signs in; empty: nothing."""
    stalled: int = STALLED
    """Seconds after which a connection whose other side takes nothing is closed."""

    def check(self) -> None:
        """Refuse what would send passwords over a network in clear, or half of a certificate.

        Raises:
            CannotServe: says what to do.
        """
        if (self.tls_cert is None) != (self.tls_key is None):
            raise CannotServe("--tls-cert and --tls-key belong together: give both, as PEM files")
        if self.host not in LOCAL and self.tls_cert is None and not self.insecure_network:
            raise CannotServe(
                f"--host {self.host} would serve passwords and machine controls over the network in clear: give "
                "--tls-cert and --tls-key, or --insecure-network if something else protects the network"
            )
        if self.tls_cert is not None and self.tls_key is not None:
            _check_certificate(self.tls_cert, self.tls_key)

    @property
    def near_host(self) -> str:
        """The host by which a program on this computer asks."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)

    @property
    def shown_host(self) -> str:
        """The host to print: one that a browser can ask for."""
        return socket.gethostname().lower() if self.host in ANYWHERE else self.host


def _check_certificate(certificate: Path, key: Path) -> None:
    import importlib.util
    import ssl

    if importlib.util.find_spec("cheroot") is None:
        raise CannotServe("TLS needs the extra `tls`: pip install flowengine-ot[tls]")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise CannotServe(
            f"--tls-cert {certificate}, --tls-key {key} cannot be used: {error}; give the certificate and its own "
            "private key, both as PEM files without a password"
        ) from error


def claim(settings: WebSettings) -> socket.socket:
    """Return a socket that listens where the settings say.

    Raises:
        CannotServe: the settings are not safe, the port is taken, or the address is not this computer's.
    """
    settings.check()
    host, port = settings.host, settings.port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    except OSError as error:
        raise CannotServe(f"--host {host}: there is no such address: {error.strerror}") from error
    listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise CannotServe(
            f"the canvas cannot be served at {host}, port {port}: {error.strerror}; "
            "another program may use it: choose one with --port (0: any that is free), or run with --headless"
        ) from error
    for level, option, value in socket_options(settings.stalled):
        listening.setsockopt(level, option, value)
    return listening


def socket_options(stalled: int = STALLED) -> list[tuple[int, int, int]]:
    """Return the options of every connection: no delay for small frames, and an end for who takes nothing."""
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    user_timeout = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux
    return options + ([(socket.IPPROTO_TCP, user_timeout, stalled * 1000)] if user_timeout is not None else [])
