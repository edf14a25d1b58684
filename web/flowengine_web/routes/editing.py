"""What a flow can be made of, whether it is sound, and what a node does with a message."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from flowengine.flow.schema import flow_schema
from flowengine.service import Try
from flowengine_web import answers, shapes
from flowengine_web.call import Call
from flowengine_web.diffs import diff_shape
from flowengine_web.palette import brief, palette
from flowengine_web.refusal import Refusal
from flowengine_web.route import Area

AREA = Area("editing", "What a flow can be made of, and whether it is sound")


class Amount(shapes.Shape):
    """How much of the palette is asked for."""

    brief: bool = False
    """Without help, and of the schemas only what names a connection: all that drawing a flow needs."""
    language: Annotated[str, Meta(max_length=3)] = ""
    """Words of this language where packages bring them, such as de; empty: English."""


@AREA.get("/api/palette", role="viewer", answer=shapes.Palette, query=Amount, packed=True)
def read_palette(call: Call) -> shapes.Palette:
    """Return all node types, connection types and subflows."""
    service = call.site.service
    found = palette(service.registry, service.project, call.query.language)
    return brief(found) if call.query.brief else found


@AREA.get("/api/schema", role="viewer", answer=dict[str, Any])
def read_schema(call: Call) -> dict[str, Any]:
    """Return the JSON Schema of flow files, with the options of every node."""
    service = call.site.service
    return flow_schema(service.registry, service.project)


@AREA.post("/api/check", role="viewer", body=shapes.CheckRequest, answer=shapes.CheckResult)
def check_flow(call: Call, body: shapes.CheckRequest) -> shapes.CheckResult:
    """Check a flow among its neighbours; nothing is kept."""
    found = call.site.service.check(body.name, body.flow, body.connections, body.drafts)
    return shapes.CheckResult(problems=answers.problems(found.problems), ports=answers.ports(found.ports))


@AREA.post("/api/diff", role="viewer", body=shapes.DiffRequest, answer=shapes.FlowDiff)
def diff_flows(call: Call, body: shapes.DiffRequest) -> shapes.FlowDiff:
    """Say what differs between two contents of a flow."""
    return diff_shape(call.site.service.diff(body.old, body.new))


@AREA.post(
    "/api/try", role="editor", body=shapes.TryRequest, answer=shapes.TryResult, flows=lambda given: (), refusals=(404,)
)
def try_node(call: Call, body: shapes.TryRequest) -> shapes.TryResult:
    """Run a transform alone on sample messages, in virtual time."""
    if call.site.service.runs_code(body.type) and not call.rights.may_somewhere("code"):
        message = f"{body.type[:100]} runs code: this needs the right to write it"
        raise Refusal(403, "no-code", message, "ask an admin who has it")
    request = Try(body.type, tuple(body.messages), body.options, body.port, body.environment)
    found = call.site.service.try_node(request)
    return shapes.TryResult(
        outputs=[shapes.TryOutput(port=one.port, message=dict(one.message)) for one in found.outputs],
        error=found.error,
        line=found.line,
    )
