"""Putting flows live."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from flowengine.flow.project import CONNECTIONS
from flowengine.service import ConnectionsItem, Deploy, DeployItem
from flowengine_web import answers, shapes
from flowengine_web.body import MOST
from flowengine_web.call import Call
from flowengine_web.route import Area
from flowengine_web.routes.flows import DEPLOY

AREA = Area("deploys", "Putting flows live")


def _deployed(given: Mapping[str, Any]) -> list[str]:
    body = given["body"]
    return [*body.flows, *([ALL] if body.connections is not None else [])]


def _taken(given: Mapping[str, Any]) -> list[str]:
    return [ALL if name == CONNECTIONS else name for name in given["body"].revisions] or [ALL]


ALL: Final = ""
"""Stands for what all flows share."""


@AREA.post(
    "/api/deploys/preview",
    role="editor",
    body=shapes.DeployRequest,
    answer=shapes.DeployPreview,
    flows=_deployed,
    most=MOST["deploy"],
)
def preview_deploy(call: Call, body: shapes.DeployRequest) -> shapes.DeployPreview:
    """Say what a deploy would do; nothing is done."""
    service = call.site.service
    return answers.preview(call.site.bridge.run(partial(service.preview, request_of(body)), wait=DEPLOY))


@AREA.post(
    "/api/deploys",
    role="editor",
    body=shapes.DeployRequest,
    answer=shapes.DeployResult,
    flows=_deployed,
    most=MOST["deploy"],
    refusals=(409, 502),
)
def deploy(call: Call, body: shapes.DeployRequest) -> shapes.DeployResult:
    """Put flows live, all or none, and keep them as files and as revisions."""
    service, who = call.site.service, call.asks
    run = partial(service.deploy, request_of(body), who)
    return answers.deployed(call.site.bridge.run(run, wait=DEPLOY, cancel=False))


@AREA.get("/api/outside", role="viewer", answer=shapes.Outside)
def read_outside(call: Call) -> shapes.Outside:
    """Say what was changed outside, and what taking all of it would do; nothing is done."""
    return answers.outside(call.site.bridge.run(call.site.service.outside, wait=DEPLOY))


@AREA.post(
    "/api/take",
    role="editor",
    body=shapes.TakeRequest,
    answer=shapes.DeployResult,
    flows=_taken,
    refusals=(404, 409, 502),
)
def take_all(call: Call, body: shapes.TakeRequest) -> shapes.DeployResult:
    """Run what files hold that were changed outside, all or none; 409 if one has changed since it was looked at."""
    run = partial(call.site.service.take, list(body.revisions), call.asks, body.revisions)
    return answers.deployed(call.site.bridge.run(run, wait=DEPLOY, cancel=False))


def request_of(body: shapes.DeployRequest) -> Deploy:
    """Return a request as the service wants it."""
    return Deploy(
        flows={name: DeployItem(item.base, item.flow) for name, item in body.flows.items()},
        connections=None
        if body.connections is None
        else ConnectionsItem(body.connections.base, body.connections.connections),
        message=body.message,
        mode=body.mode,
    )
