"""Flow files as text: written for export, read for import."""

from __future__ import annotations

from flowengine.flow.canonical import format_flow
from flowengine.flow.file import flow_file
from flowengine.flow.strict_json import MISSING, parse_json
from flowengine_web import shapes
from flowengine_web.call import Call
from flowengine_web.refusal import MOST_PROBLEMS, invalid, problem_shape
from flowengine_web.route import Area

AREA = Area("texts", "Flow files as text")


@AREA.post("/api/format", role="viewer", body=shapes.FormatRequest, answer=shapes.Formatted)
def format_file(call: Call, body: shapes.FormatRequest) -> shapes.Formatted:
    """Return the text that a flow's file would hold."""
    try:
        return shapes.Formatted(text=format_flow(body.flow))
    except (ValueError, RecursionError) as error:
        raise invalid(f"it cannot be written as JSON: {error}", "$.flow") from error


@AREA.post("/api/read", role="viewer", body=shapes.ReadRequest, answer=shapes.ReadResult)
def read_text(call: Call, body: shapes.ReadRequest) -> shapes.ReadResult:
    """Read the text of a flow file: what it says, and every problem of its form with its line."""
    json = parse_json(body.text, body.name)
    value = None if json.value is MISSING or not isinstance(json.value, dict) else json.value
    problems = flow_file(json, body.name).problems
    return shapes.ReadResult(
        flow=value, problems=[problem_shape(problem, body.name) for problem in problems[:MOST_PROBLEMS]]
    )
