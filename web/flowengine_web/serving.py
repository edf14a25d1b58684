"""The web of a running installation: made, started after the flows, stopped before them."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import socket
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from flowengine import __version__
from flowengine.access.access import ADDRESS, Access, access_file
from flowengine.access.links import FIRST
from flowengine.access.local import close_local, open_local
from flowengine.certificates import CertificateWatch, end_of_file
from flowengine.service import Service
from flowengine.telemetry.loop_lag import LoopLag
from flowengine_web.app import make_app
from flowengine_web.bridge import Bridge
from flowengine_web.gathering import Gathering
from flowengine_web.hub import Hub
from flowengine_web.listening import WebSettings
from flowengine_web.rehearsing import Rehearsing
from flowengine_web.routes import observing, table
from flowengine_web.server import PlainServer, Server
from flowengine_web.simulating import Simulating
from flowengine_web.site import Address, Site

if TYPE_CHECKING:
    from flowengine.access.oidc import Oidc

LOG = logging.getLogger("flowengine.web")

SWITCH: Final = 0.0002
"""Seconds after which a thread of the web gives way to the engine's loop when that has something to do. Python's own
5 ms would be felt by a control loop: `flowengine bench web` shows it."""


class Web:
    """A running server: `async with Web(service, settings, claim(settings)) as web: ...` on the engine's loop."""

    def __init__(
        self, service: Service, settings: WebSettings, listening: socket.socket, state: Path | None = None
    ) -> None:
        """Take what is to be served; `state` is the folder for users and sessions, None: beside the flows."""
        self._service = service
        self._listening = listening
        self._settings = settings
        self._file = access_file(service.path, state)
        self._lag = LoopLag(service.engine.clock)
        self._certificate = CertificateWatch(service.engine.clock, LOG, self._ending)
        self._server: Server | None = None
        self.site: Site | None = None

    async def __aenter__(self) -> Self:
        """Begin to serve."""
        settings = self._settings
        listening = self._listening
        try:
            address = Address(
                settings.shown_host,
                listening.getsockname()[1],
                settings.tls_cert is not None,
                frozenset(name.lower() for name in (settings.shown_host, *settings.names)),
            )
            access = await asyncio.to_thread(Access, self._file, sessions=settings.sessions)
            bridge, hub = Bridge(asyncio.get_running_loop()), Hub(self._service)
            self.site = Site(
                service=self._service,
                access=access,
                bridge=bridge,
                hub=hub,
                address=address,
                gathering=Gathering(self._service, bridge, hub, self._lag, self._file.parent),
                version=__version__,
                demo=settings.demo,
                oidc=_oidc(settings),
                notice=settings.notice,
            )
            service = self._service
            service.changes.rehearsal = Rehearsing(service.folder, service.registry)
            simulating = Simulating(service.registry, service.environment, service.machines.recordings)
            service.changes.simulations.run = simulating
            service.changes.simulations.stop = simulating.stop
            app = make_app(self.site, table() if settings.canvas else observing.AREA.routes, settings.canvas)
            if settings.tls_cert is not None and settings.tls_key is not None:
                from flowengine_web.tls import TlsServer

                self._server = TlsServer(app, listening, settings.tls_cert, settings.tls_key)
            else:
                self._server = PlainServer(app, listening, settings.stalled)
            if settings.canvas:
                files = (settings.tls_cert, settings.tls_key)
                pair = (str(one.resolve()) if one is not None else "" for one in files)
                await self._service.machines.open_stop_port(settings.host, *pair)
                access.database.note(ADDRESS, str(address))
            here = dataclasses.replace(address, host=settings.near_host)
            certificate = str(settings.tls_cert.resolve()) if settings.tls_cert is not None else ""
            await asyncio.to_thread(open_local, access, self._file.parent, str(here), certificate)
        except BaseException:
            listening.close()
            raise
        self._switch = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH)
        self._server.start()
        self._lag.start()
        if settings.tls_cert is not None:
            end = await asyncio.to_thread(end_of_file, settings.tls_cert)
            self._certificate.look({"the certificate of the canvas": end})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the streams, then the server."""
        if self.site is None or self._server is None:
            return
        self._lag.stop()
        self._certificate.stop()
        self.site.hub.stop()
        sys.setswitchinterval(self._switch)
        await asyncio.to_thread(self._server.stop)
        await asyncio.to_thread(close_local, self.site.access, self._file.parent)
        self.site.access.close()

    def _ending(self, said: str) -> None:
        self.running.certificate_ending = said

    @property
    def running(self) -> Site:
        """What is being served."""
        assert self.site is not None, "the server has not been started"
        return self.site

    @property
    def new(self) -> bool:
        """Whether no user exists yet."""
        return len(self.running.access.users) == 0

    def where(self) -> list[str]:
        """Return the lines that say where the canvas is, or the metrics alone."""
        if not self._settings.canvas:
            return [f"metrics: {self.running.address}/metrics"]
        return [f"canvas: {self.running.address}"]

    def welcome(self) -> list[str]:
        """Return the same, or where there is no user yet, a new link that sets the first password."""
        if not self.new or not self._settings.canvas:
            return self.where()
        first = link(str(self.running.address), self.running.access.links.make(FIRST))
        return [f"canvas, to set the first password: {first}"]


def _oidc(settings: WebSettings) -> Oidc | None:
    if settings.oidc is None:
        return None
    from flowengine.access.oidc import Oidc
    from flowengine.access.oidc_settings import read_oidc

    return Oidc(read_oidc(settings.oidc))


def link(address: str, token: str, name: str = "") -> str:
    """Return the address of a one-time link."""
    from urllib.parse import urlencode

    return f"{address}/setup?{urlencode({'token': token, **({'name': name} if name else {})})}"
