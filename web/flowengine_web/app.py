"""The Flask application, made from the table of routes."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Iterable, Sequence
from functools import cache, partial
from http import HTTPStatus
from typing import Any

import flask
import msgspec
from werkzeug.exceptions import HTTPException

from flowengine.access.rights import Rights
from flowengine.errors import FlowEngineError
from flowengine.telemetry.secrecy import without_secrets
from flowengine.whole_types import make_whole
from flowengine_web import gate, headers, pages, recording
from flowengine_web.body import MOST, convert, decode, encode
from flowengine_web.call import Answer, Call, Conditions
from flowengine_web.refusal import Refusal, not_found, of_engine
from flowengine_web.route import EVENTS, JSON, Route
from flowengine_web.site import Site

LOG = logging.getLogger("flowengine.web")


def make_app(site: Site, table: Sequence[Route], canvas: bool = True) -> flask.Flask:
    """Return the WSGI application of a site, with the canvas's pages or without."""
    make_whole()
    app = flask.Flask("flowengine_web", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = max(MOST.values())
    app.url_map.merge_slashes = False
    for route in table:
        app.add_url_rule(
            route.rule,
            endpoint=f"{route.method} {route.path}",
            view_func=partial(_answer, site, route),
            methods=[route.method],
            provide_automatic_options=False,
            strict_slashes=True,
        )
    if canvas:
        app.add_url_rule("/", "canvas", _page, methods=["GET"], defaults={"path": ""}, provide_automatic_options=False)
        app.add_url_rule("/<path:path>", "page", _page, methods=["GET"], provide_automatic_options=False)
    app.before_request(partial(_check_host, site))
    app.after_request(partial(_dress, site))
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(FlowEngineError, lambda error: _refused(of_engine(error)))
    app.register_error_handler(HTTPException, _no_route)
    app.register_error_handler(RecursionError, _too_deep)
    app.register_error_handler(Exception, _broken)
    return app


def _answer(site: Site, route: Route, **names: str) -> flask.Response:
    """Answer one request: gate, conditions, body, route."""
    request = flask.request
    if request.method == "HEAD" and route.content == EVENTS:
        raise Refusal(405, "wrong-method", "a stream can only be read by GET", headers={"Allow": "GET"})
    token = request.cookies.get(site.address.cookie, "")
    bearer = gate.bearer_of(request.headers.get("Authorization", ""))
    who = site.access.sessions.find(token) if bearer is None else site.access.tokens.find(bearer)
    rights = cache(lambda: site.access.rights_of(who)) if who is not None else Rights.none
    try:
        gate.check_role(route, who, rights)
    except Refusal:
        if who is not None:
            recording.refused(route, site, who, request.remote_addr or "", names)
        raise
    if route.changes and (who is None or not who.by_token):
        csrf = request.headers.get("X-CSRF-Token", "")
        gate.check_our_page(who, request.host, request.headers.get("Origin"), csrf)
    call = Call(site, who, request.remote_addr or "", _conditions(route), token=token)
    if route.query is not None:
        call.query = convert(_query(request.args, _lists(route)), route.query, strict=False)
    arguments: dict[str, Any] = dict(names)
    if route.body is not None:
        arguments["body"] = _body(route)
    try:
        gate.check_flows(route, who, rights, arguments)
    except Refusal:
        if who is not None:
            recording.refused(route, site, who, request.remote_addr or "", names)
        raise
    result = recording.run(route, call, arguments)
    if isinstance(result, flask.Response):
        return result
    response = _response(site, result if isinstance(result, Answer) else Answer(result), call)
    return _packed(response) if route.packed else response


def _conditions(route: Route) -> Conditions:
    found = Conditions(_tags("If-Match"), _tags("If-None-Match"))
    if route.conditional and found.match is None and found.none_match is None:
        raise Refusal(
            428,
            "condition-needed",
            "a change must say what it changes",
            'send If-Match: "revision", or If-None-Match: * for something new',
        )
    return found


def _tags(header: str) -> tuple[str, ...] | None:
    text = flask.request.headers.get(header)
    if text is None:
        return None
    return tuple(part.strip().removeprefix("W/").strip('"') for part in text.split(",")) or ("",)


def _query(arguments: Any, lists: frozenset[str]) -> dict[str, str | list[str]]:
    """Return what stands behind the `?`; a name that is declared as a list may stand there more than once."""
    return {name: arguments.getlist(name) if name in lists else arguments[name] for name in arguments}


@cache
def _lists(route: Route) -> frozenset[str]:
    known = msgspec.inspect.type_info(route.query)
    fields = known.fields if isinstance(known, msgspec.inspect.StructType) else ()
    return frozenset(one.encode_name for one in fields if isinstance(one.type, msgspec.inspect.ListType))


def _body(route: Route) -> Any:
    request = flask.request
    if (request.content_length or 0) > route.most:
        raise _too_large(route.most)
    raw = request.get_data(cache=False)
    if len(raw) > route.most:
        raise _too_large(route.most)
    assert route.body is not None
    return decode(raw, request.headers.get("Content-Type", ""), route.body)


def _too_large(most: int) -> Refusal:
    return Refusal(413, "too-large", f"the body is larger than {most // (1024 * 1024)} MiB", "send less at a time")


def _response(site: Site, answer: Answer, call: Call) -> flask.Response:
    response = flask.Response(without_secrets(encode(answer.body)), content_type=JSON)
    if answer.etag:
        response.headers["ETag"] = f'"{answer.etag}"'
        known = call.conditions.none_match
        if flask.request.method in ("GET", "HEAD") and known is not None and {"*", answer.etag} & set(known):
            response.status_code = HTTPStatus.NOT_MODIFIED
            response.set_data(b"")
    if answer.cookie is not None:
        response.set_cookie(
            site.address.cookie,
            answer.cookie,
            max_age=int(site.access.sessions.limits.longest) if answer.cookie else 0,
            path="/",
            secure=site.address.secure,
            httponly=True,
            samesite="Strict",
        )
    return response


def _page(path: str) -> flask.Response:
    if path == "api" or path.startswith("api/"):
        raise not_found(f"there is no /{path[:200]} in the API", "GET /api describes all there is")
    found = pages.page(path)
    if found is None:
        raise not_found(f"there is no page /{path[:200]}")
    content, kind, keep = found
    response = flask.Response(content, content_type=kind, headers={"Cache-Control": keep, "Vary": "Accept-Encoding"})
    if pages.shrinks(kind, content) and _takes_gzip():
        response.data = pages.packed(content)
        response.headers["Content-Encoding"] = "gzip"
    return response


def _packed(response: flask.Response) -> flask.Response:
    response.headers["Vary"] = "Accept-Encoding"
    if len(response.data) > pages.PACKET and _takes_gzip():
        response.data = gzip.compress(response.data, 6, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
    return response


def _takes_gzip() -> bool:
    return flask.request.accept_encodings["gzip"] > 0


def _check_host(site: Site) -> None:
    gate.check_host(site.address, flask.request.host)


def _dress(site: Site, response: flask.Response) -> flask.Response:
    site.gathering.requests.add(_counted_as(flask.request.endpoint), response.status_code)
    response.headers.update(headers.ALWAYS)
    port = site.service.machines.stop_port
    if port and site.address.knows(flask.request.host):
        policy = headers.policy_with(flask.request.host, port, site.address.secure)
        response.headers["Content-Security-Policy"] = policy
    if response.headers.get("Cache-Control") != headers.FOREVER:
        response.headers.update(headers.OF_PAGES)
    response.headers.setdefault("Cache-Control", headers.NO_STORE)
    if site.address.secure:
        response.headers["Strict-Transport-Security"] = headers.YEAR
    return response


def _counted_as(endpoint: str | None) -> str:
    """Return the route as it is declared, so that nothing a stranger sent becomes a name in the metrics."""
    if endpoint is None:
        return "unknown"
    return endpoint.partition(" ")[2] or "pages"


def _refused(refusal: Refusal) -> flask.Response:
    response = flask.Response(without_secrets(encode(refusal.body)), refusal.status, content_type=JSON)
    response.headers.update(refusal.headers)
    return response


def _no_route(error: HTTPException) -> flask.Response:
    """Say what Flask itself refuses: no such path, another method, a body too large."""
    status = error.code or 500
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = _methods(getattr(error, "valid_methods", None) or ())
        hint = f"use {allowed}"
        return _refused(Refusal(status, "wrong-method", "this cannot be done there", hint, headers={"Allow": allowed}))
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return _refused(_too_large(max(MOST.values())))
    if status == HTTPStatus.NOT_FOUND:
        return _refused(not_found("there is nothing there"))
    return _refused(Refusal(status, "malformed", str(error.description or error.name)))


def _too_deep(error: RecursionError) -> flask.Response:
    return _refused(Refusal(400, "malformed", "the body is nested too deeply"))


def _methods(methods: Iterable[str]) -> str:
    return ", ".join(sorted(set(methods) - {"HEAD"}))


def _broken(error: Exception) -> flask.Response:
    """Tell the log everything and the browser nothing."""
    request = flask.request
    LOG.error("%s %s failed", request.method, request.path, exc_info=error)
    return _refused(Refusal(500, "broken", "something broke in the server", "its log says what"))
