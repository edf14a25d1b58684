"""The folder of flows as it goes over the API."""

from __future__ import annotations

import hashlib
from typing import Any

from flowengine.flow.file import FlowFile
from flowengine.flow.problem import errors
from flowengine_web import checking, shapes
from flowengine_web.call import Call


def project(call: Call) -> shapes.Project:
    """Return all flows and what they share."""
    service = call.site.service
    found = service.project
    running = call.ask(lambda: set(service.engine.flows))
    shared = found.shared
    return shapes.Project(
        folder=str(service.path),
        flows=[summary(call, file, running) for file in found.flows.values()],
        connections=shapes.SharedConnections()
        if shared is None
        else shapes.SharedConnections(
            revision=_revision(shared.json.value),
            disk=_revision(shared.json.value),
            connections=shared.json.value.get("connections", {}) if isinstance(shared.json.value, dict) else {},
        ),
    )


def detail(call: Call, name: str) -> shapes.FlowDetail | None:
    """Return one flow with its content; None: there is none of that name."""
    service = call.site.service
    file = service.project.flows.get(name)
    if file is None:
        return None
    result = checking.examined(file, service.project, service.registry, service.environment)
    running = call.ask(lambda: set(service.engine.flows))
    return shapes.FlowDetail(
        summary=summary(call, file, running),
        flow=file.json.value if isinstance(file.json.value, dict) else {},
        ports=result.ports,
        problems=result.problems,
    )


def summary(call: Call, file: FlowFile, running: set[str]) -> shapes.FlowSummary:
    """Return how a flow is."""
    flow = file.flow
    state: shapes.FlowState = "broken" if flow is None else "subflow" if flow.subflow is not None else "stopped"
    if file.name in running:
        state = "running"
    found = errors(file.problems)
    revision = _revision(file.json.value)
    return shapes.FlowSummary(
        name=file.name,
        file=file.json.file,
        revision=revision,
        disk=revision,
        state=state,
        note=flow.note if flow is not None else "",
        nodes=len(flow.nodes) if flow is not None else 0,
        errors=len(found),
        editors=call.site.hub.editors(file.name, call.user),
    )


def _revision(value: Any) -> str:
    from flowengine_web.body import encode

    return hashlib.sha256(encode(value)).hexdigest()[:16]
