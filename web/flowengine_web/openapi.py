"""The API's description (OpenAPI 3.1), made from the table of routes and the shapes."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from typing import Any

import msgspec

from flowengine_web import shapes
from flowengine_web.exporting import PARQUET
from flowengine_web.route import CSV, EVENTS, JSON, METRICS, Route
from flowengine_web.routes import areas, table

REFERENCE = "#/components/schemas/{name}"
SESSION, TOKEN = "session", "token"
"""The names of the security schemes."""

OTHERS = {EVENTS: (), METRICS: ("application/openmetrics-text",), CSV: (PARQUET,)}
"""What else comes where a route declares one of these; it is the caller's choice."""

WORDS = {
    400: "The request is malformed",
    401: "Nobody is signed in, or name or password are wrong",
    403: "Not allowed: the role, the origin, the CSRF token, or the name of the server",
    404: "It is not there",
    409: "Someone else was faster, or it cannot be done as things stand",
    412: "It has been changed in the meantime",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "The body has the right form but cannot be meant",
    428: "If-Match or If-None-Match is missing",
    429: "Too many attempts: wait",
    502: "What was deployed did not start; what ran before runs on",
    503: "Not now: try again",
}

ABOUT = """The API of flowengine, which the canvas stands on.

Sign in with POST /api/session: the answer sets a cookie and holds a CSRF token. Everything but GET needs that token as
X-CSRF-Token and an Origin header with the server's own address. Programs send `Authorization: Bearer TOKEN` instead,
and nothing else. Flow files travel as they are written in git.
"""


@lru_cache(maxsize=4)
def document(version: str) -> dict[str, Any]:
    """Return the whole description."""
    routes = table()
    wanted = [kind for kind in vars(shapes).values() if isinstance(kind, type) and issubclass(kind, shapes.Shape)]
    wanted.remove(shapes.Shape)
    _, components = msgspec.json.schema_components(wanted, ref_template=REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "flowengine",
            "version": version or "0",
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": area.name, "description": area.about} for area in areas()],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {
                SESSION: {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "flowengine-1890",
                    "description": "Set by POST /api/session. Its name ends with the server's port; under TLS it is "
                    "__Host-flowengine.",
                },
                TOKEN: {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of `flowengine users DIR token NAME`, for programs; with it neither "
                    "X-CSRF-Token nor Origin is needed.",
                },
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.area],
        "description": (route.run.__doc__ or "").strip().partition("\n")[2].strip()
        or f"Least role: {route.role or 'none'}.",
        "x-least-role": route.role,
        "security": [] if route.role is None else [{SESSION: []}, {TOKEN: []}],
        "parameters": _parameters(route),
        "responses": _responses(route),
    }
    if route.body is not None:
        found["requestBody"] = {
            "required": True,
            "description": f"{route.most // (1024 * 1024)} MiB at most.",
            "content": {JSON: {"schema": _schema(route.body)}},
        }
    return found


def _parameters(route: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in route.names
    ]
    if route.query is not None:
        _, components = msgspec.json.schema_components([route.query])
        for name, schema in components[route.query.__name__]["properties"].items():
            found.append({"name": name, "in": "query", "required": False, "schema": schema})
    if route.changes:
        found.append(_header("X-CSRF-Token", False, "The CSRF token of the session; not with a token of one's own."))
        found.append(_header("Origin", route.role is None, "The server's own address; not with a token of one's own."))
    if route.conditional:
        found.append(_header("If-Match", False, 'The revision that is changed, in quotes: "1f3a".'))
        found.append(_header("If-None-Match", False, "`*`: there is none yet."))
    return found


def _header(name: str, required: bool, about: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": required, "description": about, "schema": {"type": "string"}}


def _responses(route: Route) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "It is done" if route.changes else "What was asked for"}
    if route.content != JSON:
        done["content"] = {kind: {"schema": {"type": "string"}} for kind in (route.content, *OTHERS[route.content])}
    else:
        done["content"] = {JSON: {"schema": _schema(route.answer)}}
    if route.tagged:
        done["headers"] = {"ETag": {"description": "The revision, in quotes", "schema": {"type": "string"}}}
    found: dict[str, Any] = {"200": done}
    if route.tagged and not route.changes:
        found["304"] = {"description": HTTPStatus.NOT_MODIFIED.phrase}
    for status in route.statuses:
        answer: dict[str, Any] = {
            "description": WORDS[status],
            "content": {JSON: {"schema": _schema(shapes.Error)}},
        }
        if status in (429, 503):
            answer["headers"] = {"Retry-After": {"description": "Seconds", "schema": {"type": "string"}}}
        found[str(status)] = answer
    return found


def _schema(kind: Any) -> dict[str, Any]:
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=REFERENCE)
    return dict(schema)
