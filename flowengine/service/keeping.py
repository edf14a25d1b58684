"""Which files the connections of a folder's flows keep beside the state folder."""

from __future__ import annotations

import os
from pathlib import Path

from flowengine import settings
from flowengine.errors import FlowInvalid
from flowengine.flow.plan import plan_flow
from flowengine.flow.project import load_project
from flowengine.registry import Registry


def kept_elsewhere(path: Path, registry: Registry) -> tuple[list[Path], list[str]]:
    """Return the files that connections keep, as `Connection.keeps` names them, those of disabled flows too.

    Also returns the flows that have errors: of those it cannot be said.
    """
    project = load_project(path)
    files, broken = list[Path](), list[str]()
    for name, flow in project.flows.items():
        if flow.flow is not None and flow.flow.subflow is not None:
            continue
        try:
            plan = plan_flow(flow, project, registry, os.environ, settings.secret)
        except FlowInvalid:
            broken.append(name)
        else:
            files += [Path(file) for one in plan.connections.values() for file in one.cls.keeps(one.options)]
    return files, broken
