"""Every route by every role: the table of who may do what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flowengine.access.roles import RIGHTS, ROLES
from flowengine.registry import Registry
from flowengine_web.route import EVENTS, Route
from flowengine_web.routes import table
from tests.web.api.client import Client
from tests.web.canvas.served import Served

LEAST = {
    "GET /api": None,
    "GET /api/sentences": None,
    "GET /api/session": None,
    "POST /api/session": None,
    "DELETE /api/session": "viewer",
    "POST /api/oidc/begin": None,
    "POST /api/oidc/finish": None,
    "DELETE /api/sessions": "viewer",
    "POST /api/setup": None,
    "GET /api/users": "admin",
    "POST /api/users": "admin",
    "PATCH /api/users/{name}": "viewer",
    "DELETE /api/users/{name}": "admin",
    "GET /api/rights": "admin",
    "POST /api/rights/permit": "admin",
    "POST /api/rights/withdraw": "admin",
    "PUT /api/groups/{name}": "admin",
    "DELETE /api/groups/{name}": "admin",
    "GET /api/tokens": "admin",
    "POST /api/tokens": "admin",
    "DELETE /api/tokens/{name}": "admin",
    "GET /api/palette": "viewer",
    "GET /api/schema": "viewer",
    "GET /api/project": "viewer",
    "GET /api/examples": "viewer",
    "GET /api/flows/{flow}": "viewer",
    "POST /api/check": "viewer",
    "POST /api/format": "viewer",
    "POST /api/read": "viewer",
    "POST /api/try": "editor",
    "GET /api/drafts": "editor",
    "GET /api/drafts/{flow}": "editor",
    "PUT /api/drafts/{flow}": "editor",
    "DELETE /api/drafts/{flow}": "editor",
    "POST /api/diff": "viewer",
    "POST /api/deploys/preview": "editor",
    "POST /api/deploys": "editor",
    "GET /api/changes": "viewer",
    "GET /api/changes/{id}": "viewer",
    "POST /api/changes": "editor",
    "POST /api/changes/{id}/approve": "viewer",
    "POST /api/changes/{id}/reject": "viewer",
    "POST /api/changes/{id}/withdraw": "editor",
    "POST /api/changes/{id}/deploy": "editor",
    "POST /api/changes/{id}/break-glass": "operator",
    "POST /api/changes/{id}/simulate": "viewer",
    "GET /api/outside": "viewer",
    "POST /api/take": "editor",
    "POST /api/flows/{flow}/take": "editor",
    "GET /api/flows/{flow}/history": "viewer",
    "GET /api/flows/{flow}/history/{id}": "viewer",
    "POST /api/flows/{flow}/inject": "operator",
    "POST /api/flows/{flow}/run": "operator",
    "GET /api/flows/{flow}/live": "viewer",
    "GET /api/debug": "viewer",
    "GET /api/traces/{id}": "viewer",
    "GET /api/faults": "viewer",
    "POST /api/faults/acknowledge": "operator",
    "GET /api/dead-letters": "viewer",
    "POST /api/dead-letters/replay": "operator",
    "POST /api/dead-letters/delete": "operator",
    "GET /api/metrics": "viewer",
    "GET /api/dashboard": "viewer",
    "PUT /api/dashboard/pages": "editor",
    "POST /api/dashboard/operate": "operator",
    "POST /api/import/nodered": "editor",
    "GET /api/assets": "viewer",
    "PUT /api/assets/{part}/hours": "operator",
    "GET /api/models": "viewer",
    "POST /api/models": "editor",
    "GET /api/flows/{flow}/archives": "viewer",
    "GET /api/flows/{flow}/archives/values": "viewer",
    "GET /api/flows/{flow}/archives/export": "viewer",
    "GET /api/grafana": "viewer",
    "GET /api/grafana/": "viewer",
    "POST /api/grafana/search": "viewer",
    "POST /api/grafana/metrics": "viewer",
    "POST /api/grafana/query": "viewer",
    "POST /api/grafana/variable": "viewer",
    "POST /api/grafana/annotations": "viewer",
    "POST /api/grafana/metric-payload-options": "viewer",
    "POST /api/grafana/tag-keys": "viewer",
    "POST /api/grafana/tag-values": "viewer",
    "GET /api/machines": "viewer",
    "POST /api/machines/act": "operator",
    "GET /api/machines/stop-ticket": "operator",
    "GET /api/alarms": "viewer",
    "GET /api/alarms/history": "viewer",
    "POST /api/alarms/act": "operator",
    "GET /api/stream": "viewer",
    "GET /metrics": "metrics",
    "GET /health": None,
    "GET /ready": None,
    "GET /api/figures": "viewer",
    "PUT /api/streams/{id}": "viewer",
}
"""Written here a second time, on purpose: a slip in a route's declaration must not go unseen."""

NOBODY = "nobody"


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def path_of(route: Route) -> str:
    path = route.path
    for name in route.names:
        path = path.replace("{" + name + "}", "no-such-thing")
    return path


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, users: Path, registry: Registry) -> Iterator[Served]:
    """One server for the whole table: nothing in it is changed by requests that are refused, or that name nothing."""
    folder = tmp_path_factory.mktemp("roles")
    (folder / ".flowengine").mkdir()
    (folder / ".flowengine" / "web.sqlite").write_bytes(users.read_bytes())
    (folder / "empty.json").write_text('{"flowengine": 1, "name": "empty"}')
    served = Served(folder, registry)
    served.start()
    yield served
    served.stop()


@pytest.mark.parametrize("route", table(), ids=name_of)
@pytest.mark.parametrize("role", [NOBODY, *ROLES])
def test_a_route_lets_in_its_role_and_those_above_and_nobody_else(
    installation: Served, route: Route, role: str
) -> None:
    least = LEAST[name_of(route)]
    body = None if route.body is None else ["no object"]  # so that whoever is let in is stopped by the form
    headers = {"If-Match": '"none"'} if route.conditional else {}
    with Client(installation.port, None if role == NOBODY else installation.cookie(role)) as client:
        client.session()
        if route.content == EVENTS and role != NOBODY:
            stream = client.stream()
            status = stream.status
            stream.close()
        else:
            status = client.ask(route.method, path_of(route), body, headers).status
    if least is None:
        assert status not in (401, 403) or (status == 403 and route.path == "/api/setup")
    elif role == NOBODY:
        assert status == 401
    elif RIGHTS.index(role) < RIGHTS.index(least):
        assert status == 403
    else:
        assert status not in (401, 403), status
        assert status < 500


def test_the_table_of_roles_and_the_table_of_routes_say_the_same() -> None:
    assert {name_of(route): route.role for route in table()} == LEAST


def test_no_two_routes_are_called_the_same() -> None:
    names = [route.name for route in table()]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("route", [route for route in table() if route.changes], ids=name_of)
def test_no_change_is_made_without_the_csrf_token_or_from_another_origin(installation: Served, route: Route) -> None:
    body: dict[str, str] | None = {} if route.body is not None else None
    with Client(installation.port, installation.cookie("admin")) as client:
        client.session()
        for name, value in (
            ("X-CSRF-Token", None),
            ("X-CSRF-Token", "x" * 43),
            ("Origin", None),
            ("Origin", "null"),
            ("Origin", "http://evil.example"),
            ("Origin", f"http://127.0.0.1:{installation.port + 1}"),
            ("Origin", f"http://127.0.0.1:{installation.port}.evil.example"),
        ):
            status, word = client.refused(route.method, path_of(route), body, headers={name: value})
            assert status == 403
            assert word == ("wrong-origin" if name == "Origin" else "wrong-csrf-token")
