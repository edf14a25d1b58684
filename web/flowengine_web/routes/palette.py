"""What a flow can be made of, and whether it is sound."""

from __future__ import annotations

from typing import Any

from flowengine.flow.diff import diff
from flowengine.flow.file import from_data
from flowengine.flow.schema import flow_schema
from flowengine_web import checking, shapes
from flowengine_web.call import Call
from flowengine_web.diffs import diff_shape
from flowengine_web.palette import palette
from flowengine_web.route import Area

AREA = Area("editing", "What a flow can be made of, and whether it is sound")


@AREA.get("/api/palette", role="viewer", answer=shapes.Palette)
def read_palette(call: Call) -> shapes.Palette:
    """Return all node types, connection types and subflows."""
    service = call.site.service
    return palette(service.registry, service.project)


@AREA.get("/api/schema", role="viewer", answer=dict[str, Any])
def read_schema(call: Call) -> dict[str, Any]:
    """Return the JSON Schema of flow files, with the options of every node."""
    service = call.site.service
    return flow_schema(service.registry, service.project)


@AREA.post("/api/check", role="viewer", body=shapes.CheckRequest, answer=shapes.CheckResult)
def check_flow(call: Call, body: shapes.CheckRequest) -> shapes.CheckResult:
    """Check a flow among its neighbours; nothing is kept."""
    service = call.site.service
    return checking.check(
        body.name, body.flow, body.connections, service.project, service.registry, service.environment
    )


@AREA.post("/api/diff", role="viewer", body=shapes.DiffRequest, answer=shapes.FlowDiff)
def diff_flows(call: Call, body: shapes.DiffRequest) -> shapes.FlowDiff:
    """Say what differs between two contents of a flow."""
    old, new = (None if flow is None else from_data(flow, str(flow.get("name", ""))) for flow in (body.old, body.new))
    return diff_shape(diff(old, new))
