"""Flows of other systems: read, and reported on, before anything is written."""

from __future__ import annotations

import json
from typing import Any

from flowengine.flow.canonical import format_flow
from flowengine.nodered.conversion import Conversion, Wishes, convert
from flowengine.nodered.entries import NotNodeRed, parse
from flowengine.nodered.project import keep
from flowengine.nodered.report import WORDS
from flowengine.nodered.secrets import WrongKey, decrypt
from flowengine_web import shapes
from flowengine_web.body import MOST
from flowengine_web.call import Call
from flowengine_web.refusal import invalid
from flowengine_web.route import Area

AREA = Area("importing", "Flows of other systems, brought over")

MOST_FINDINGS = 1000


@AREA.post("/api/import/nodered", role="editor", body=shapes.RedRequest, answer=shapes.RedResult, most=MOST["deploy"])
def import_nodered(call: Call, body: shapes.RedRequest) -> shapes.RedResult:
    """Return what the flows of a flows.json become here, and what cannot be carried over; what runs stays as it is."""
    try:
        values = parse(body.text)
    except NotNodeRed as error:
        raise invalid(str(error), "$.text", "take the flows.json of Node-RED, or what its menu Export gives") from error
    try:
        credentials = decrypt(body.credentials, body.key) if body.credentials else {}
    except WrongKey as error:
        raise invalid(str(error), "$.key", "the key is credentialSecret in settings.js") from error
    wishes = Wishes(
        body.asynchronous, body.native, taken=tuple(body.taken), taken_connections=tuple(body.taken_connections)
    )
    made = convert(values, call.site.service.registry, wishes, credentials)
    if body.keep:
        keep(call.site.service.folder, values, made, wishes)
    return _result(made)


def _result(made: Conversion) -> shapes.RedResult:
    ranks = {level: rank for rank, level in enumerate(WORDS)}
    findings = sorted(made.report.findings, key=lambda finding: ranks[finding.level])
    flows: dict[str, dict[str, Any]] = {name: json.loads(format_flow(flow)) for name, flow in made.flows.items()}
    return shapes.RedResult(
        counts=made.report.counts,
        findings=[
            shapes.RedFinding(
                level=each.level,
                text=each.text[:1000],
                type=each.type[:100],
                name=each.name[:100],
                flow=each.flow,
                node=each.node,
                hint=each.hint[:1000],
            )
            for each in findings[:MOST_FINDINGS]
        ],
        more=max(0, len(findings) - MOST_FINDINGS),
        flows=flows,
        connections={name: {"type": each.type, "options": each.options} for name, each in made.connections.items()},
        pages=list(made.pages),
    )
