"""Asks a running engine for its figures: the one of a folder on this machine, or one at an address."""

from __future__ import annotations

import http.client
import os
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from flowengine.access.local import find_local
from flowengine.errors import FlowEngineError
from flowengine_web.shapes import EngineFigures

WAIT: Final = 5.0
"""Seconds that an answer may take."""
MOST: Final = 64 * 1024 * 1024
"""Bytes of an answer."""
TOKEN: Final = "FLOWENGINE_TOKEN"
"""The variable that holds a token."""


Answer = TypeVar("Answer")


class NoAnswer(FlowEngineError):
    """The engine does not answer as wanted; says why and what to do."""


@dataclass(frozen=True)
class Where:
    """An engine: at an address with a token, or that of a state folder, which says both anew at each start."""

    address: str = ""
    token: str = ""
    state: Path | None = None
    flows: Path | None = None
    """The folder that its user named."""

    def figures(self) -> tuple[str, EngineFigures]:
        """Return the address, and the figures.

        Raises:
            NoAnswer: says why.
        """
        if self.state is None:
            return self.address, ask(self.address, self.token, "", "/api/figures", EngineFigures)
        try:
            local = find_local(self.state)
        except (OSError, msgspec.MsgspecError) as error:
            raise NoAnswer(
                f"{self.state / 'local.json'} cannot be read: {error}; it belongs to who runs the engine"
            ) from error
        if local is None:
            raise NoAnswer(
                f"no engine serves {self.flows}: start it by `flowengine run {self.flows}` "
                "(with --headless it needs --metrics-port), or give the address of another"
            )
        return local.address, ask(local.address, local.token, local.certificate, "/api/figures", EngineFigures)


def where(target: str, state: Path | None, token_file: Path | None) -> Where:
    """Return whom to ask.

    Raises:
        FlowEngineError: there is no such folder, or no token for an address.
    """
    if target.startswith(("http://", "https://")):
        token = token_file.read_text(encoding="utf-8") if token_file is not None else os.environ.get(TOKEN, "")
        if not token.strip():
            raise FlowEngineError(
                f"{target} needs a token: make one there by `flowengine users DIR token NAME`, "
                f"and give it by --token-file or the variable {TOKEN}"
            )
        return Where(target.rstrip("/"), token.strip())
    from flowengine.access.access import access_file

    path = Path(target)
    if not path.exists():
        raise FlowEngineError(f"there is no folder {path}: give the flows that an engine runs, or http://HOST:PORT")
    return Where(state=access_file(path, state).parent, flows=path)


def ask(address: str, token: str, certificate: str, path: str, kind: type[Answer], body: bytes | None = None) -> Answer:
    """Return what an engine answers; with a body it is asked to do something.

    Raises:
        NoAnswer: says why.
    """
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}{path}", body, headers)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}) if certificate or "127.0.0.1" in address else urllib.request.ProxyHandler(),
        urllib.request.HTTPSHandler(context=_context(certificate)),
        _Stay(),
    )
    try:
        with opener.open(request, timeout=WAIT) as answer:
            return msgspec.json.decode(answer.read(MOST), type=kind)
    except urllib.error.HTTPError as error:
        raise NoAnswer(f"{address}: {_refusal(error)}") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise NoAnswer(f"{address} does not answer: {reason}") from error
    except msgspec.MsgspecError as error:
        raise NoAnswer(f"{address} answers, but not as an engine of this version does: {error}") from error


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: a token is for the address that it was given for."""

    def redirect_request(self, *_: object) -> None:
        """Refuse."""


def _context(certificate: str) -> ssl.SSLContext:
    if not certificate:
        return ssl.create_default_context()
    context = ssl.create_default_context(cafile=certificate)  # the server's own, whoever signed it
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.check_hostname = False  # it is asked at 127.0.0.1, whatever its name is
    return context


def _refusal(error: urllib.error.HTTPError) -> str:
    try:
        said = msgspec.json.decode(error.read(10_000))
        return f"{said['message']}; {said['hint']}" if said["hint"] else str(said["message"])
    except (msgspec.MsgspecError, KeyError, TypeError, OSError):
        return f"it answers {error.code} {error.reason}"
