"""What all routes share: the running installation and how it is reached."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from flowengine.access.access import Access
from flowengine.clock import Clock
from flowengine.service import Service
from flowengine_web.bridge import Bridge

if TYPE_CHECKING:
    from flowengine.access.oidc import Oidc
    from flowengine_web.gathering import Gathering
    from flowengine_web.hub import Hub


@dataclass(frozen=True)
class Address:
    """Where the canvas is served."""

    host: str
    port: int
    secure: bool = False
    """Whether the server itself speaks TLS."""
    names: frozenset[str] = frozenset()
    """Names under which browsers may ask for it, beside localhost and IP addresses."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' if self.secure else ''}://{host}:{self.port}"

    @property
    def cookie(self) -> str:
        """The name of the session's cookie. Cookies do not know ports, and one computer may serve several canvases."""
        return "__Host-flowengine" if self.secure else f"flowengine-{self.port}"

    def knows(self, host: str) -> bool:
        """Say whether a Host header may be ours. Any IP address may: only a name can be made to point here."""
        name = host.lower()
        if name.startswith("["):
            name = name[1:].partition("]")[0]
        elif name.count(":") == 1:
            name = name.partition(":")[0]
        if name == "localhost" or name.removesuffix(".") in self.names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


@dataclass
class Site:
    """One installation, as the web sees it."""

    service: Service
    access: Access
    bridge: Bridge
    hub: Hub
    address: Address
    gathering: Gathering
    clock: Clock = field(default_factory=Clock)
    version: str = ""
    demo: bool = False
    oidc: Oidc | None = None
    notice: str = ""
    """What everybody is told before he signs in."""
    certificate_ending: str = ""
    """Says when the server's own certificate ends, from 30 days before."""

    @property
    def folder(self) -> Path:
        """The folder of the flows."""
        path = self.service.path
        return path if path.is_dir() else path.parent
