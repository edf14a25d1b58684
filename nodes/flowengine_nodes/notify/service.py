"""The connection `notify/service`: a web service that takes messages over HTTP."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

from msgspec import Meta

from flowengine import ADVANCED, BadData, Connection, Refused, Retryable, Secret, unit
from flowengine_nodes.reached import connected

_LATER: Final = (408, 425, 429, 500, 502, 503, 504)
"""Answers after which the same request may succeed (RFC 9110; 425: RFC 8470; 429: RFC 6585)."""

_LONGEST_PAUSE: Final = 3600.0
"""Seconds that a service may ask to be left alone for; it is tried again then, whatever it asked for."""

_LONGEST_KEY: Final = 200

_PORTS: Final = {"https": 443, "http": 80}

_LARGEST: Final = 64 * 1024
"""Bytes of an answer that are read where nobody asks for more."""


class Answer(NamedTuple):
    """What a service has answered: a status of 2xx, and its body."""

    status: int
    body: bytes


class Service(Connection, type="notify/service"):
    """A web service that is told things over HTTP: a chat's incoming webhook, an ERP or CMMS, InfluxDB.

    Keep what nobody may read out of the flow: write `${secret:name}` for a token, or for the whole address of a chat's
    webhook, which is a secret itself. Redirects are not followed, and no proxy is used: requests go where `url` says.

    A service that asks to be left alone for a while (Retry-After) is tried again no sooner, but within an hour.

    Example: `url: https://cmms.example.com/api/v2`, `token: ${secret:cmms}`.
    """

    url: Annotated[str, Meta(title="URL", description="Where it is: https://host/path", min_length=8)]
    token: Annotated[Secret, Meta(description="Sent as Authorization: Bearer; empty: none")] = ""
    scheme: Annotated[
        str, Meta(description="Word before the token, such as Token for InfluxDB", pattern="^[A-Za-z-]+$"), ADVANCED
    ] = "Bearer"
    username: Annotated[str, Meta(description="User name for basic authentication; empty: none")] = ""
    password: Annotated[Secret, Meta(description="Its password")] = ""
    headers: Annotated[dict[str, str], Meta(description="Further headers of every request"), ADVANCED] = {}
    ca: Annotated[
        str, Meta(title="CA file", description="PEM file to trust; empty: what the system trusts"), ADVANCED
    ] = ""
    timeout: Annotated[
        float, Meta(description="Give up a request after", gt=0, le=300, extra_json_schema=unit("s")), ADVANCED
    ] = 10.0

    @classmethod
    def named_hosts(cls, options: Mapping[str, Any]) -> list[tuple[str, int]]:
        """Name the service."""
        try:
            parts = urlsplit(str(options.get("url", "")))
            return [(parts.hostname, parts.port or _PORTS[parts.scheme])] if parts.hostname else []
        except (ValueError, KeyError):
            return []  # which the constructor says

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            port = parts.port
        except ValueError as error:
            raise ValueError(f"url: {error}") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("url must begin with https:// or http:// and name a host")
        if not self.url.isascii() or any(char <= " " for char in self.url):
            raise ValueError("url must be written with ASCII characters and without spaces: percent-encode others")
        if parts.username is not None:
            raise ValueError("url must not hold a user name: use username and password")
        if self.token and self.username:
            raise ValueError("token and username are two ways to sign in: give one")
        self._tls = parts.scheme == "https"
        self._server, self._port = parts.hostname, port or _PORTS[parts.scheme]
        self._path, self._query = parts.path, parts.query
        self._name = f"{parts.hostname}{f':{port}' if port else ''}"  # the path may be a secret
        self._headers = {"User-Agent": "flowengine", "Accept": "*/*", **self.headers}
        if self.token:
            self._headers["Authorization"] = f"{self.scheme} {self.token}"
        elif self.username:
            word = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
            self._headers["Authorization"] = f"Basic {word}"
        for name, value in self._headers.items():
            if not name.isascii() or any(mark in name + value for mark in "\r\n\0") or ":" in name:
                raise ValueError(f"header {name!r:.60} cannot be sent: it has a line break or a colon in its name")

    async def start(self) -> None:
        """Say where messages will go; nothing is sent before there is one."""
        self.status("ok", self._name)

    async def send(
        self, method: str, path: str, body: bytes, kind: str, headers: dict[str, str], largest: int = _LARGEST
    ) -> Answer:
        """Send a request; `path` is put behind the address of the service, `largest` bytes of its answer are read.

        Raises:
            Retryable: the service is away or says to come later.
            Refused: it says no.
        """
        try:
            addresses = await self.reach(self._server, self._port)
            whole = {**headers, "Content-Type": kind}
            answer = await self.blocking(self._exchange, addresses, method, path, body, whole, largest)
        except (Retryable, Refused) as error:
            self.status("error", str(error))
            raise
        self.status("ok", self._name)
        return answer

    def _exchange(
        self, addresses: list[str], method: str, path: str, body: bytes, headers: dict[str, str], largest: int
    ) -> Answer:
        context = self._context()
        if context is None:
            link = http.client.HTTPConnection(self._server, self._port)
        else:
            link = http.client.HTTPSConnection(self._server, self._port, context=context)
        try:  # by itself http.client would look the name up again
            link.sock = connected(addresses, self._port, self.timeout, context, self._server)
            link.request(method, self._target(path), body, {**self._headers, **headers})
            response = link.getresponse()
            found = self._body(response, largest)
        except (OSError, http.client.HTTPException) as error:
            raise Retryable(f"{self._name} does not answer: {_said(error)}") from None
        finally:
            link.close()
        status = response.status
        if 200 <= status < 300:
            return Answer(status, found)
        text = f"{self._name} answers {status} {response.reason}: {_excerpt(found)}".rstrip(": ")
        if status in _LATER:
            raise Retryable(text, _asked_for(response.getheader("Retry-After", ""), self.clock.now()))
        if 300 <= status < 400:
            raise Refused(f"{text}; redirects are not followed: set 'url' to where the service is now")
        raise Refused(text)

    def _body(self, response: http.client.HTTPResponse, largest: int) -> bytes:
        """Return what the answer holds; one that trickles in for longer than `timeout` is none."""
        until = self.clock.monotonic() + self.timeout
        found = b""
        while len(found) < largest and (part := response.read1(largest - len(found))):
            found += part
            if self.clock.monotonic() > until:
                raise TimeoutError
        return found

    def _target(self, path: str) -> str:
        """Return what stands in the request's first line; `path` may end in a query of its own."""
        behind, _, asked = path.partition("?")
        whole = self._path.rstrip("/") + behind if behind else self._path
        query = "&".join(part for part in (self._query, asked) if part)
        return (whole or "/") + (f"?{query}" if query else "")

    def _context(self) -> ssl.SSLContext | None:
        if not self._tls:
            return None
        try:
            return ssl.create_default_context(cafile=self.ca or None)
        except OSError as error:
            raise Refused(f"ca {self.ca}: {error.strerror or error}") from None


def as_json(value: Any) -> bytes:
    """Return a JSON value as the body of a request.

    Raises:
        BadData: a text in it is no Unicode.
    """
    return as_bytes(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def as_bytes(text: str) -> bytes:
    """Return a text as UTF-8.

    Raises:
        BadData: it is no Unicode.
    """
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise BadData(f"it cannot be sent: a text is no Unicode ({error.reason})") from None


def as_key(text: str) -> str:
    """Return a key as a header takes it: printable ASCII, 200 characters at most, another for every other text."""
    word = quote(text, safe="/:@!$&'()*+,;=", errors="surrogatepass")
    if len(word) <= _LONGEST_KEY:
        return word
    digest = hashlib.sha256(word.encode()).hexdigest()
    return f"{word[: _LONGEST_KEY - len(digest) - 1]}~{digest}"


def _asked_for(said: str, now: float) -> float:
    """Return for how many seconds a service asks to be left alone: a number or a date (RFC 9110, 10.2.3); 0: none."""
    if said.isascii() and said.isdigit():
        return min(float(said), _LONGEST_PAUSE)
    try:
        return min(max(0.0, parsedate_to_datetime(said).timestamp() - now), _LONGEST_PAUSE)
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "time-out"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def _excerpt(body: bytes) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in body.decode(errors="replace")).split())[
        :200
    ]
