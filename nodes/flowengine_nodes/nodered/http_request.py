"""Node-RED's http request node."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import quote, unquote, urlencode

import msgspec
from msgspec import Meta

from flowengine import ADVANCED, Message, NodeError, Secret
from flowengine_nodes.mqtt.tls import Tls
from flowengine_nodes.nodered import cookies, http_server, multipart
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedAsync, RedError
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.reaching import connector, host_of
from flowengine_nodes.nodered.redirect import MOST, redirected
from flowengine_nodes.nodered.typed import evaluate, parse_json
from flowengine_nodes.values import mustache

LONGEST: Final = 120.0
"""Seconds that a request waits for its answer."""
MARK: Final = "x-node-red-request-node"
LARGEST: Final = 64 * 1024 * 1024


class Proxy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An HTTP proxy."""

    url: Annotated[str, Meta(description="Its address", examples=["http://proxy.plant:3128"])]
    noproxy: Annotated[list[str], Meta(description="Hosts that are asked directly: names, or .domain")] = []
    username: Annotated[str, Meta(description="User name")] = ""
    password: Annotated[Secret, Meta(description="Password")] = ""

    def serves(self, host: str) -> bool:
        """Say whether a host is asked through it."""
        host = host.lower()
        return not any(
            each == "*" or host == each.lstrip(".").lower() or (each.startswith(".") and host.endswith(each.lower()))
            for each in self.noproxy
        )


class HttpRequest(RedAsync, type="nodered/http-request"):
    """Send an HTTP request and send on its answer.

    Its options have Node-RED's names, and it does what Node-RED's http request node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "http request"

    method: Annotated[str, Meta(description="GET, POST, PUT, DELETE, PATCH, HEAD, or use: msg.method")] = "GET"
    url: Annotated[str, Meta(description="The address, with {{...}} filled in; empty: msg.url")] = ""
    ret: Annotated[str, Meta(description="txt, bin or obj (JSON)")] = "txt"
    paytoqs: Annotated[str | bool, Meta(description="The payload goes into the query (query) or the body (body)")] = (
        "ignore"
    )
    authType: Annotated[str, Meta(description="basic, digest or bearer")] = ""
    user: Annotated[str, Meta(description="User name")] = ""
    password: Annotated[Secret, Meta(description="Password or token")] = ""
    senderr: Annotated[bool, Meta(description="Only the catch nodes hear of errors")] = False
    persist: Annotated[bool, Meta(description="Keep the connection"), ADVANCED] = False
    insecureHTTPParser: Annotated[bool, Meta(description="Kept for Node-RED"), ADVANCED] = False
    headers: Annotated[list[dict[str, Any]] | dict[str, Any], Meta(description="Headers")] = []
    verify: Annotated[bool, Meta(description="Check the server's certificate"), ADVANCED] = True
    tls: Annotated[Tls | None, Meta(description="Certificates for https"), ADVANCED] = None
    proxy: Annotated[Proxy | None, Meta(description="The HTTP proxy to go through"), ADVANCED] = None

    @classmethod
    def named_hosts(cls, options: Mapping[str, Any]) -> list[tuple[str, int]]:
        """Name the server, where its address holds one."""
        secure = options.get("verify") is False or options.get("tls") is not None
        found = host_of(str(options.get("url", "")), "https" if secure else "http")
        return [found] if found else []

    def begin(self) -> None:
        """Have no session yet."""
        self._session: Any = None
        self._trace: Callable[[Message], str] | None = None
        self._secure: Any = True
        self._digest: tuple[Any, ...] = ()

    async def stop(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
        await super().stop()

    async def handle(self, msg: Msg) -> None:
        """Ask."""
        aiohttp = http_server.library()
        if self._session is None:
            own = host_of(self.url, "http" if self.verify and self.tls is None else "https")
            wanted = connector(self, own, host_of(self.proxy.url) if self.proxy is not None else None)
            self._session = aiohttp.ClientSession(auto_decompress=True, trust_env=False, connector=wanted)
            self._trace = self.tracer()
            if self.tls is not None:
                self._secure = await self.blocking(self.tls.context)
            if self.authType == "digest" and self.user:
                self._digest = (aiohttp.DigestAuthMiddleware(self.user, self.password),)
        url, method = self._url(msg), self._method(msg)
        headers = self._headers(msg)
        if msg.get("cookies"):
            headers["cookie"] = cookies.sent(headers.get("cookie", ""), msg["cookies"])
        if self._trace is not None and (stands := self._trace(Message(id=js.text(msg.get("_msgid", ""))))):
            headers["traceparent"] = stands
        request: dict[str, Any] = {"headers": headers, "allow_redirects": msg.get("followRedirects") is not False}
        request["skip_auto_headers"] = ("Content-Type",)
        payload = msg.get("payload", MISSING)
        if method not in ("GET", "HEAD") or self.paytoqs == "body":
            body, kind = self._body(payload, headers)
            if kind.startswith("multipart/"):
                headers["content-type"] = kind
            request["data"] = body
            if kind:
                headers.setdefault("content-type", kind)
        elif self.paytoqs in (True, "query") and payload is not MISSING:
            if not isinstance(payload, dict):
                raise RedError("Invalid payload")
            url += ("" if url.endswith("?") else "&" if "?" in url else "?") + form(payload)
        if self.authType == "basic" and self.user:
            request["auth"] = aiohttp.BasicAuth(self.user, self.password)
        elif self.authType == "bearer":
            headers["Authorization"] = f"Bearer {self.password}"
        elif self._digest:
            request["middlewares"] = self._digest
        seconds = js.number(msg.get("requestTimeout", MISSING))
        request["timeout"] = aiohttp.ClientTimeout(
            total=seconds / 1000 if seconds == seconds and seconds > 0 else LONGEST
        )
        request["ssl"] = self._secure
        if self.tls is not None and self.tls.server_name:
            request["server_hostname"] = self.tls.server_name
        if not self.verify or msg.get("rejectUnauthorized") is False:
            request["ssl"] = False
        self.red_status({"fill": "blue", "shape": "dot", "text": "requesting"})
        try:
            if self.proxy is None and "cookie" not in headers:
                async with self._session.request(method, url, **request) as answer:
                    passed = [str(each.headers.get("Location", "")) for each in answer.history]
                    await self._answered(msg, answer, passed)
            else:
                await self._step_by_step(aiohttp, msg, method, url, request)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, NodeError) as error:
            self._failed(msg, url, error)
        self.finished(msg)

    async def _step_by_step(self, aiohttp: Any, msg: Msg, method: str, url: str, request: dict[str, Any]) -> None:
        """Ask where there is a proxy, or a cookie: redirects are followed here, so that each host is judged."""
        follows, request["allow_redirects"] = request["allow_redirects"], False
        passed: list[str] = []
        while True:
            through = await self._through_proxy(aiohttp, url)
            async with self._session.request(method, url, **request, **through) as answer:
                location = str(answer.headers.get("Location", ""))
                target = redirected(answer.status, location, method, url, request) if follows else None
                if target is None:
                    await self._answered(msg, answer, passed)
                    return
            passed.append(location)
            if len(passed) > MOST:
                raise ValueError(f"redirected more than {MOST} times")
            method, url = target

    async def _through_proxy(self, aiohttp: Any, url: str) -> dict[str, Any]:
        """Return what has a request go through the proxy; which hosts may be asked is judged here, as without one."""
        there = host_of(url)
        if self.proxy is None or there is None or not self.proxy.serves(there[0]):
            return {}
        if there != host_of(self.url):
            await self.reach(*there, "message")
        through: dict[str, Any] = {"proxy": self.proxy.url}
        if self.proxy.username:
            through["proxy_auth"] = aiohttp.BasicAuth(self.proxy.username, self.proxy.password)
        return through

    async def _answered(self, msg: Msg, answer: Any, passed: list[str]) -> None:
        data = await answer.content.read(LARGEST + 1)
        while len(data) <= LARGEST and (more := await answer.content.read(LARGEST)):
            data += more
        if len(data) > LARGEST:
            raise RedError(f"the answer is larger than {LARGEST >> 20} MiB")
        headers: dict[str, Any] = {}
        for name, value in answer.headers.items():
            if name.lower() == "set-cookie":
                headers.setdefault("set-cookie", []).append(value)
            else:
                headers[name.lower()] = value
        payload: Any = data
        if self.ret != "bin":
            payload = _text(data, answer.charset)
        out = {
            **msg,
            "statusCode": answer.status,
            "headers": headers,
            "responseUrl": str(answer.url),
            "payload": payload,
        }
        headers[MARK] = _mark(headers)
        out["retry"] = 0
        if "set-cookie" in headers:
            out["responseCookies"] = dict(map(_cookie, headers["set-cookie"]))
        out["redirectList"] = [{"location": each} for each in passed]
        if self.ret == "obj":
            try:
                out["payload"] = parse_json(payload)
            except RedError:
                self.warn("JSON parse error")
        self.red_status({})
        self.send(out)

    def _failed(self, msg: Msg, url: str, error: Exception) -> None:
        late = isinstance(error, TimeoutError)
        text = "no response from server" if late else f"RequestError: {error}"
        self.red_status(
            {"fill": "red", "shape": "ring", "text": "no response from server" if late else type(error).__name__}
        )
        self.error(text, msg)
        if not self.senderr:
            code = (
                "ETIMEDOUT"
                if late
                else "ECONNREFUSED"
                if "refused" in str(error) or "Cannot connect" in str(error)
                else "ERROR"
            )
            self.send({**msg, "payload": f"{text} : {url}", "statusCode": code})

    def _method(self, msg: Msg) -> str:
        given = msg.get("method") if self.method in ("use", "") else self.method
        return js.text(given).upper() if given else "GET"

    def _url(self, msg: Msg) -> str:
        url = self.url or js.text(msg.get("url", ""))
        if "{{" in self.url:
            url = _filled(self, mustache.parse(self.url), msg)
        if not url:
            raise RedError("No url specified")
        if "://" not in url:
            url = ("https://" if self.verify is False or self.tls is not None else "http://") + url
        if not url.lower().startswith(("http://", "https://")):
            raise RedError("only http and https addresses can be requested")
        return url

    def _headers(self, msg: Msg) -> dict[str, str]:
        headers: dict[str, str] = {}
        if isinstance(msg.get("headers"), dict) and msg["headers"].get(MARK) != _mark(msg["headers"]):
            headers = {str(k).lower(): js.text(v) for k, v in msg["headers"].items()}
            for name in ("content-length", "host", "connection", MARK):
                headers.pop(name, None)
        if isinstance(self.headers, list):
            for each in self.headers:
                name = each.get("keyType") or ""
                name = each.get("keyValue", "") if name in ("other", "") else name
                if each.get("keyType") == "msg":
                    name = evaluate(self, each.get("keyValue", ""), "msg", msg)
                kind = each.get("valueType") or "other"
                value = each.get("valueValue", "") if kind in ("other", "") else kind
                if kind == "msg":
                    value = evaluate(self, each.get("valueValue", ""), "msg", msg)
                if name and value not in ("", None, MISSING):
                    headers[js.text(name).lower()] = js.text(value)
        return headers

    def _body(self, payload: Any, headers: dict[str, str]) -> tuple[Any, str]:
        if payload is MISSING:
            return None, ""
        if isinstance(payload, bytes):
            return payload, ""
        if isinstance(payload, dict | list) and headers.get("content-type") == "application/x-www-form-urlencoded":
            return form(payload), ""
        if isinstance(payload, dict) and headers.get("content-type") == "multipart/form-data":
            return multipart.written(payload)
        if payload is None or isinstance(payload, dict | list | bool):
            return js.stringify(payload).encode(), "application/json"
        return js.text(payload).encode(), ""


def form(value: Any) -> str:
    """Return an object or a list as a query; what is neither text, number, true nor false is left empty."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    flat = [(k, each) for k, inner in pairs for each in (inner if isinstance(inner, list) else [inner])]
    return urlencode(
        [(str(k), js.text(v) if isinstance(v, str | int | float) else "") for k, v in flat], quote_via=quote
    )


def _cookie(text: str) -> tuple[str, dict[str, str]]:
    """Return the name of a cookie, and its value with what else a server said of it, by its own words."""
    (name, value), *rest = [part.strip().partition("=")[::2] for part in text.split(";")]
    return name, {"value": unquote(value), **{key: unquote(said) for key, said in rest if said}}


def _mark(headers: Mapping[str, Any]) -> str:
    """Return what tells that headers are still those of an answer: they are not sent on with the next request."""
    rest = {key: value for key, value in headers.items() if key != MARK}
    return hashlib.sha1(js.stringify(rest).encode(), usedforsecurity=False).hexdigest()[:8]


def _text(data: bytes, charset: str | None) -> str:
    try:
        return data.decode(charset or "utf-8", errors="replace")
    except LookupError:  # a server may name what there is not
        return data.decode(errors="replace")


def _filled(node: Any, parts: Any, msg: Msg) -> str:
    out = []
    for part in parts:
        if isinstance(part, str):
            out.append(part)
        elif isinstance(part, mustache.Variable):
            value = evaluate(node, ".".join(part.keys), "msg", msg)
            text = "" if value is MISSING or value is None else js.text(value)
            out.append(quote(text, safe="") if part.escaped else text)
    return "".join(out)
