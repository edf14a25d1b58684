"""Options of the commands that serve the canvas; what serves it is loaded only when it is wanted."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import importlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from flowengine.errors import FlowEngineError

if TYPE_CHECKING:
    import socket

    from flowengine.access.sessions import SessionLimits
    from flowengine.service import Service
    from flowengine_web.listening import WebSettings

Command = TypeVar("Command", bound=Callable[..., Any])

PORT = 1890
LONGEST_NOTICE = 4000
"""Characters of what is shown before somebody signs in."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class WebOptions:
    """What was asked for on the command line."""

    headless: bool = False
    metrics_port: int | None = None
    """None: no metrics with --headless."""
    host: str = "127.0.0.1"
    port: int | None = None
    """None: nothing was said."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    insecure_network: bool = False
    oidc: Path | None = None
    name: tuple[str, ...] = ()
    session_idle: float | None = None
    """Hours; None: as usual, as for the two below."""
    session_longest: float | None = None
    sessions: int | None = None
    use_notice: Path | None = None


_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

_OPTIONS = (
    click.option("--headless", is_flag=True, help="Run without the canvas."),
    click.option(
        "--metrics-port",
        type=click.IntRange(0, 65535),
        help="With --headless: serve /metrics, /health and /ready at this port; 0: any that is free.",
    ),
    click.option("--host", default="127.0.0.1", show_default=True, help="The address at which the canvas is served."),
    click.option("--port", type=click.IntRange(0, 65535), help=f"Its port; {PORT} by default, 0: any that is free."),
    click.option("--tls-cert", type=_FILE, help="Serve by https: the certificate, a PEM file."),
    click.option("--tls-key", type=_FILE, help="Its private key, a PEM file."),
    click.option("--insecure-network", is_flag=True, help="Serve without TLS at an address beyond this computer."),
    click.option(
        "--oidc", type=_FILE, envvar="FLOWENGINE_OIDC", help="Let people sign in at the provider that a file names."
    ),
    click.option(
        "--session-idle",
        type=click.FloatRange(0.05, 24 * 30),
        envvar="FLOWENGINE_SESSION_IDLE",
        help="Hours without a request after which a session ends (12).",
    ),
    click.option(
        "--session-longest",
        type=click.FloatRange(0.05, 24 * 365),
        envvar="FLOWENGINE_SESSION_LONGEST",
        help="Hours after which any session ends (168).",
    ),
    click.option(
        "--sessions",
        type=click.IntRange(1, 1000),
        envvar="FLOWENGINE_SESSIONS",
        help="Sessions of one user; one more ends the oldest (50).",
    ),
    click.option(
        "--use-notice",
        type=_FILE,
        envvar="FLOWENGINE_USE_NOTICE",
        help="A text file that is shown to everybody before he signs in.",
    ),
    click.option("--name", multiple=True, help="A further name under which browsers may ask; may be given often."),
)


def web_options(command: Command) -> Command:
    """Give a command the options of the canvas, as one argument `web`."""

    def with_web(**arguments: Any) -> Any:
        fields = {name: arguments.pop(name) for name in WebOptions.__dataclass_fields__}
        return command(**arguments, web=WebOptions(**fields))

    with_web.__doc__ = command.__doc__
    with_web.__name__ = command.__name__
    with_web.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]  # click's
    for option in reversed(_OPTIONS):
        option(with_web)
    return with_web  # type: ignore[return-value]  # click calls it by keywords


class Claim:
    """A place for the canvas, claimed before the flows start, so that what stands in its way is said at once.

    With --headless nothing of the web is loaded.
    """

    def __init__(self, options: WebOptions, demo: bool = False) -> None:
        """Claim the place; a demo takes another port where the default one is taken.

        Raises:
            FlowEngineError: the canvas cannot be served there.
        """
        self._notes: list[str] = []
        self._place: tuple[WebSettings, socket.socket] | None = None
        if options.metrics_port is not None and not options.headless:
            raise FlowEngineError("--metrics-port belongs to --headless: the canvas has /metrics at its own port")
        if options.headless and options.metrics_port is None:
            return
        from flowengine_web.listening import CannotServe, WebSettings, claim

        settings = WebSettings(
            host=options.host,
            port=_port(options),
            canvas=not options.headless,
            tls_cert=options.tls_cert,
            tls_key=options.tls_key,
            insecure_network=options.insecure_network,
            oidc=options.oidc,
            names=options.name,
            sessions=_sessions(options),
            notice=_notice(options.use_notice),
            demo=demo,
        )
        try:
            self._place = settings, claim(settings)
        except CannotServe:
            if not demo or options.headless or options.port is not None:
                raise
            settings = dataclasses.replace(settings, port=0)
            self._place = settings, claim(settings)
            self._notes.append(f"port {PORT} is taken by another program, so the canvas is at another one")

    @property
    def wanted(self) -> bool:
        """Whether there is a canvas."""
        return self._place is not None and self._place[0].canvas

    @contextlib.asynccontextmanager
    async def served(self, service: Service, state: Path | None) -> AsyncIterator[Callable[[], list[str]]]:
        """Serve the canvas while inside; gives what says in lines where it is now, in none with --headless.

        `state` is the folder for users and sessions; None: beside the flows.
        """
        if self._place is None:
            yield list
            return
        # In a thread: the flows run already, and Flask takes a while to load.
        serving = await asyncio.to_thread(importlib.import_module, "flowengine_web.serving")
        settings, listening = self._place
        async with serving.Web(service, settings, listening, state) as web:
            welcome = web.welcome()
            yield lambda: [*self._notes, *(welcome if web.new else web.where())]


def _sessions(options: WebOptions) -> SessionLimits:
    from flowengine.access.sessions import SessionLimits

    said = {
        "idle": options.session_idle and options.session_idle * 3600,
        "longest": options.session_longest and options.session_longest * 3600,
        "most": options.sessions,
    }
    return SessionLimits(**{name: value for name, value in said.items() if value is not None})  # type: ignore[arg-type]


def _notice(file: Path | None) -> str:
    """Return the text that is shown before somebody signs in.

    Raises:
        FlowEngineError: it cannot be read, or is too long for a page that people are to read.
    """
    try:
        text = "" if file is None else file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise FlowEngineError(f"--use-notice {file} cannot be read as text (UTF-8): {error}") from error
    if len(text) > LONGEST_NOTICE:
        raise FlowEngineError(
            f"--use-notice {file} has {len(text)} characters: write what all must know in {LONGEST_NOTICE} at most"
        )
    return text


def _port(options: WebOptions) -> int:
    if options.headless and options.metrics_port is not None:
        return options.metrics_port
    return PORT if options.port is None else options.port
