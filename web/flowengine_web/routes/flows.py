"""The folder of flows."""

from __future__ import annotations

from flowengine_web import folder, shapes
from flowengine_web.call import Answer, Call
from flowengine_web.refusal import not_found
from flowengine_web.route import Area

AREA = Area("flows", "The folder of flows")


class Which(shapes.Shape):
    """Which content of a flow is asked for."""

    disk: bool = False
    """What its file holds now, in place of what was deployed."""


@AREA.get("/api/project", role="viewer", answer=shapes.Project)
def read_project(call: Call) -> shapes.Project:
    """Return the flows of the folder, how they are, and the connections that they share."""
    return folder.project(call)


@AREA.get("/api/flows/{flow}", role="viewer", answer=shapes.FlowDetail, query=Which, tagged=True)
def read_flow(call: Call, flow: str) -> Answer:
    """Return one flow: what was deployed, its problems, and the ports of its nodes."""
    found = folder.detail(call, flow)
    if found is None:
        raise not_found(f"there is no flow '{flow[:100]}' in this folder")
    return Answer(found, etag=found.summary.revision)
