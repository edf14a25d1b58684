"""Node-RED's HTTP nodes: in, response, request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import parse_qsl, quote, urlencode

from msgspec import Meta

from flowengine import ADVANCED, Message, NodeError, Secret
from flowengine_nodes.nodered import http_server
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedAsync, RedError, RedSource
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.reaching import connector, host_of
from flowengine_nodes.nodered.typed import evaluate, parse_json
from flowengine_nodes.values import mustache

LONGEST: Final = 120.0
"""Seconds that a request waits for its answer, or that a server may take for one."""
LARGEST: Final = 64 * 1024 * 1024


class Reply:
    """The answer that a request waits for; travels as `msg.res`."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()


class HttpIn(RedSource, type="nodered/http-in"):
    """Send on the requests that come to a path; an http response node answers them.

    The server listens on 127.0.0.1:1880 unless NODE_RED_HTTP_HOST and NODE_RED_HTTP_PORT say otherwise.
    """

    red: ClassVar[str] = "http in"

    url: Annotated[str, Meta(description="The path: /a/:id, /files/*")] = ""
    method: Annotated[str, Meta(description="get, post, put, delete, patch or options")] = "get"
    upload: Annotated[bool, Meta(description="Take files that are uploaded")] = False
    skipBodyParsing: Annotated[bool, Meta(description="Leave the body as bytes")] = False
    swaggerDoc: Annotated[str, Meta(description="Kept for Node-RED"), ADVANCED] = ""

    async def start(self) -> None:
        """Listen."""
        await super().start()
        if self.url:
            await http_server.serve(self, self.method.lower(), self.url, self._handle)
        else:
            self.warn("missing path")

    async def stop(self) -> None:
        """Listen no more."""
        await http_server.leave(self)
        await super().stop()

    async def _handle(self, request: Any, params: dict[str, str]) -> Any:
        web = http_server.library().web
        query = _several(parse_qsl(request.query_string, keep_blank_values=True))
        try:
            body = await self._body(request)
        except RedError as error:
            return web.Response(status=400, text=str(error))
        about = {
            "method": request.method,
            "url": request.path_qs,
            "originalUrl": request.path_qs,
            "path": request.path,
            "query": query,
            "params": params,
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "cookies": dict(request.cookies),
            "body": body,
            "ip": request.remote or "",
        }
        reply = Reply()
        payload = query if self.method.lower() == "get" else body
        self.soon({"req": about, "res": reply, "payload": payload})
        try:
            return await asyncio.wait_for(reply.answer, LONGEST)
        except TimeoutError:
            return web.Response(status=504, text="the flow did not answer")

    async def _body(self, request: Any) -> Any:
        data = await request.read() if request.can_read_body else b""
        kind = request.content_type if "content-type" in request.headers else ""
        if self.skipBodyParsing or not data:
            return data if self.skipBodyParsing else {}
        if kind == "application/json":
            return parse_json(data.decode(errors="replace"))
        if kind == "application/x-www-form-urlencoded":
            return _several(parse_qsl(data.decode(errors="replace"), keep_blank_values=True))
        if kind.startswith("text/") or "xml" in kind:
            return data.decode(errors="replace")
        return data

    def receive(self, msg: Msg) -> None:
        """Pass a msg on."""
        self.send(msg)


def _several(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            made[name] = [*(made[name] if isinstance(made[name], list) else [made[name]]), value]
        else:
            made[name] = value
    return made


class HttpResponse(RedAsync, type="nodered/http-response"):
    """Answer a request that an http in node has brought.

    Its options have Node-RED's names, and it does what Node-RED's http response node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "http response"

    statusCode: Annotated[int | str, Meta(description="The status; empty: msg.statusCode, or 200")] = ""
    headers: Annotated[dict[str, Any], Meta(description="Headers of the answer")] = {}
    ports: ClassVar[int] = 0

    async def handle(self, msg: Msg) -> None:
        """Answer."""
        reply = msg.get("res")
        if not isinstance(reply, Reply):
            self.warn("No response object")
            self.finished(msg)
            return
        web = http_server.library().web
        given = msg["headers"] if isinstance(msg.get("headers"), dict) else {}
        headers = {str(k): js.text(v) for k, v in {**given, **self.headers}.items() if v is not MISSING}
        headers = {k: v for k, v in headers.items() if k.lower() not in ("content-length", "transfer-encoding")}
        status = js.number(self.statusCode or msg.get("statusCode", 200))
        body, kind = _body_of(msg.get("payload", MISSING))
        if kind and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = kind
        try:
            answer = web.Response(status=int(status) if status == status else 200, body=body, headers=headers)
            for name, value in (msg["cookies"] if isinstance(msg.get("cookies"), dict) else {}).items():
                value = value.get("value") if isinstance(value, dict) else value
                answer.del_cookie(name) if value is None else answer.set_cookie(name, js.text(value))
        except (ValueError, TypeError) as error:
            answer = web.Response(status=500, text="the flow's answer cannot be sent")
            self.error(f"the answer cannot be sent: {error}", msg)
        if not reply.answer.done():
            reply.answer.set_result(answer)
        self.finished(msg)


def _body_of(value: Any) -> tuple[bytes, str]:
    if value is MISSING or value is None:
        return b"", ""
    if isinstance(value, bytes):
        return value, "application/octet-stream"
    if isinstance(value, dict | list | bool):
        return js.stringify(value).encode(), "application/json; charset=utf-8"
    return js.text(value).encode(), "text/html; charset=utf-8"


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

    @classmethod
    def named_hosts(cls, options: Mapping[str, Any]) -> list[tuple[str, int]]:
        """Name the server, where its address holds one."""
        found = host_of(str(options.get("url", "")), "https" if options.get("verify") is False else "http")
        return [found] if found else []

    def begin(self) -> None:
        """Have no session yet."""
        self._session: Any = None
        self._trace: Callable[[Message], str] | None = None

    async def stop(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()
        await super().stop()

    async def handle(self, msg: Msg) -> None:
        """Ask."""
        aiohttp = http_server.library()
        if self._session is None:
            wanted = connector(self, host_of(self.url, "http" if self.verify else "https"))
            self._session = aiohttp.ClientSession(auto_decompress=True, trust_env=False, connector=wanted)
            self._trace = self.tracer()
        url, method = self._url(msg), self._method(msg)
        headers = self._headers(msg)
        if self._trace is not None and (stands := self._trace(Message(id=js.text(msg.get("_msgid", ""))))):
            headers["traceparent"] = stands
        request: dict[str, Any] = {"headers": headers, "allow_redirects": msg.get("followRedirects") is not False}
        payload = msg.get("payload", MISSING)
        if method not in ("GET", "HEAD") or self.paytoqs == "body":
            body, kind = self._body(payload, headers)
            request["data"] = body
            if kind:
                headers.setdefault("content-type", kind)
        elif self.paytoqs in (True, "query") and isinstance(payload, dict):
            url += ("&" if "?" in url else "?") + urlencode(
                {k: js.text(v) for k, v in payload.items()}, quote_via=quote
            )
        if self.authType == "basic" and self.user:
            request["auth"] = aiohttp.BasicAuth(self.user, self.password)
        elif self.authType == "bearer":
            headers["Authorization"] = f"Bearer {self.password}"
        seconds = js.number(msg.get("requestTimeout", MISSING))
        request["timeout"] = aiohttp.ClientTimeout(
            total=seconds / 1000 if seconds == seconds and seconds > 0 else LONGEST
        )
        if not self.verify or msg.get("rejectUnauthorized") is False:
            request["ssl"] = False
        self.red_status({"fill": "blue", "shape": "dot", "text": "requesting"})
        try:
            async with self._session.request(method, url, **request) as answer:
                await self._answered(msg, answer)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, NodeError) as error:
            self._failed(msg, url, error)
        self.finished(msg)

    async def _answered(self, msg: Msg, answer: Any) -> None:
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
            payload = data.decode(answer.get_encoding() if data else "utf-8", errors="replace")
        out = {
            **msg,
            "statusCode": answer.status,
            "headers": headers,
            "responseUrl": str(answer.url),
            "payload": payload,
        }
        out["responseCookies"] = {name: {"value": morsel.value} for name, morsel in answer.cookies.items()}
        out["redirectList"] = [{"location": str(each.headers.get("Location", ""))} for each in answer.history]
        if self.ret == "obj":
            try:
                out["payload"] = parse_json(payload)
            except RedError:
                if self.senderr:
                    raise RedError("JSON parse error") from None
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
            url = ("https://" if self.verify is False else "http://") + url
        if not url.lower().startswith(("http://", "https://")):
            raise RedError("only http and https addresses can be requested")
        return url

    def _headers(self, msg: Msg) -> dict[str, str]:
        headers: dict[str, str] = {}
        if isinstance(msg.get("headers"), dict):
            headers = {str(k).lower(): js.text(v) for k, v in msg["headers"].items()}
            for name in ("content-length", "host", "connection", "x-node-red-request-node"):
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
        if isinstance(payload, dict) and headers.get("content-type", "").startswith(
            "application/x-www-form-urlencoded"
        ):
            return urlencode({k: js.text(v) for k, v in payload.items()}), ""
        if isinstance(payload, dict | list):
            return js.stringify(payload).encode(), "application/json"
        return js.text(payload).encode(), ""


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
