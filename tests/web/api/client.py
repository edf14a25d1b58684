"""A browser's side of the API, bare: cookie, CSRF token, origin, and whatever a test wants wrong about them."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.web.patience import PATIENCE


@dataclass(frozen=True)
class Reply:
    """An answer."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.raw)


class Client:
    """One user's browser; the same connection is used as long as it holds."""

    def __init__(self, port: int, cookie: tuple[str, str] | None = None, csrf: str = "") -> None:
        self.port = port
        self.cookie = cookie
        self.csrf = csrf
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str | None] | None = None,
        raw: bytes | None = None,
    ) -> Reply:
        """Send one request; a header that is None is left out."""
        sent: dict[str, str | None] = {}
        if method not in ("GET", "HEAD"):
            sent |= {"Origin": self.origin, "X-CSRF-Token": self.csrf}
        if body is not None or raw is not None:
            sent["Content-Type"] = "application/json"
        if self.cookie is not None:
            sent["Cookie"] = "=".join(self.cookie)
        sent |= headers or {}
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        self._line.request(method, path, data, {name: value for name, value in sent.items() if value is not None})
        answer = self._line.getresponse()
        reply = Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        if "set-cookie" in reply.headers:
            name, _, value = reply.headers["set-cookie"].partition(";")[0].partition("=")
            self.cookie = name, value
        return reply

    def get(self, path: str, **headers: str) -> Any:
        """Return the body of an answer that must be good."""
        reply = self.ask("GET", path, headers=headers)
        assert reply.status == 200, reply.raw
        return reply.json

    def do(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Change something; it must work."""
        reply = self.ask(method, path, body, headers)
        assert reply.status == 200, reply.raw
        return reply.json

    def refused(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str]:
        """Return status and word of a refusal."""
        reply = self.ask(method, path, body, **more)
        assert reply.status >= 400, reply.raw
        assert reply.json["message"]
        return reply.status, reply.json["error"]

    def session(self) -> dict[str, Any]:
        """Read the session, and remember its CSRF token."""
        found: dict[str, Any] = self.get("/api/session")
        self.csrf = found["csrf"]
        return found

    def stream(self) -> Stream:
        """Open the live stream."""
        return Stream(self)

    def close(self) -> None:
        self._line.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Stream:
    """An open stream of events."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.line = http.client.HTTPConnection("127.0.0.1", client.port, timeout=PATIENCE)
        assert client.cookie is not None
        self.line.request("GET", "/api/stream", headers={"Cookie": "=".join(client.cookie)})
        self.answer = self.line.getresponse()
        self.status = self.answer.status
        self.id = ""
        if self.status == 200:
            self.id = self.next("hello")["stream"]

    def events(self) -> Iterator[tuple[str, Any]]:
        """Yield events until the stream ends."""
        name = ""
        while raw := self.answer.readline():
            text = raw.decode().rstrip("\n")
            if text.startswith("event: "):
                name = text[7:]
            elif text.startswith("data: "):
                yield name, json.loads(text[6:])

    def next(self, wanted: str, where: Any = lambda data: True) -> Any:
        """Return the data of the next event of a name for which `where` holds."""
        for name, data in self.events():
            if name == wanted and where(data):
                return data
        raise AssertionError(f"the stream ended before an event '{wanted}'")

    def watch(self, **watching: Any) -> None:
        """Say what it is to carry."""
        self.client.do("PUT", f"/api/streams/{self.id}", watching)

    def close(self) -> None:
        self.answer.close()
        self.line.close()
