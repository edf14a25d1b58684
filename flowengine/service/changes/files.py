"""The files of a change: as a deploy, as flows, as differences."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flowengine.flow.content import POLICY
from flowengine.flow.diff import FlowDiff, diff
from flowengine.flow.file import connections_file, parse_flow
from flowengine.flow.model import Flow
from flowengine.flow.project import CONNECTIONS
from flowengine.flow.strict_json import parse_json
from flowengine.service.answers import ConnectionsItem, Deploy, DeployItem
from flowengine.service.contents import Contents
from flowengine.store.revisions import revision_of

Files = Mapping[str, tuple[str | None, str | None]]
"""The name of a file -> what it held, and what it is to hold; None: it is not there."""


def deploy_of(files: Files, message: str, live: Contents, disk: Contents) -> Deploy:
    """Return files as a deploy; what stands on disk already, changed outside, is as good a base as what runs."""
    flows: dict[str, DeployItem] = {}
    connections = None
    by_file = {Path(file.json.file).name: name for name, file in {**live.project.flows, **disk.project.flows}.items()}
    for file, (_, text) in files.items():
        if file in POLICY:
            continue
        json = parse_json(text, file) if text is not None else None
        stated = json.value.get("name") if json is not None and isinstance(json.value, dict) else None
        name = CONNECTIONS if file == CONNECTIONS else stated or by_file.get(file) or Path(file).stem
        there = disk.revision(name)
        base = there if there == (revision_of(text) if text is not None else "") else live.revision(name)
        value = json.value if json is not None else None
        if file == CONNECTIONS:
            connections = ConnectionsItem(base, (value or {}).get("connections", {}))
        else:
            flows[name] = DeployItem(base, value)
    return Deploy(flows, connections, message)


def differences(files: Files) -> list[FlowDiff]:
    """Return what changes in flows and connections; files of the policy are compared as text."""
    found = []
    for name, (before, after) in files.items():
        if name in POLICY:
            continue
        old, new = (_flow(name, text) for text in (before, after))
        if old is not None or new is not None:
            found.append(diff(old, new))
    return found


def _flow(file: str, text: str | None) -> Flow | None:
    if text is None:
        return None
    if file == CONNECTIONS:
        return Flow(name=CONNECTIONS, connections=connections_file(parse_json(text, file)).connections)
    return parse_flow(text, file).flow
