"""A deploy before it is done: what the folder would hold after it, which flows it touches, what is in its way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowengine.flow.canonical import format_flow
from flowengine.flow.check import used_subflows
from flowengine.flow.diff import FlowDiff, diff
from flowengine.flow.file import connections_file, parse_flow
from flowengine.flow.judge import NAME
from flowengine.flow.problem import Problem
from flowengine.flow.project import CONNECTIONS, OTHERS
from flowengine.flow.sharing import shared
from flowengine.flow.strict_json import parse_json
from flowengine.service.answers import Deploy, DeployItem, Found
from flowengine.service.contents import Contents, path_of
from flowengine.service.deploys.renaming import renames
from flowengine.store.revisions import revision_of_canonical


@dataclass
class Candidate:
    """What a deploy asks for, worked out against what runs and what is on disk."""

    live: Contents
    """What runs now."""
    disk: Contents
    after: Contents
    """What would run."""
    texts: dict[str, str | None] = field(default_factory=dict)
    """Flow, or connections.json -> the canonical text of its file; None: to be removed."""
    files: dict[str, Path] = field(default_factory=dict)
    """Flow, or connections.json -> its file."""
    bases: dict[str, str] = field(default_factory=dict)
    """Flow, or connections.json -> the revision that the caller began with."""
    renamed: dict[str, str] = field(default_factory=dict)
    """New name -> the name before."""
    found: list[Found] = field(default_factory=list)
    """Problems of the request itself: a name that cannot be, something that is no JSON."""

    @property
    def changed(self) -> list[str]:
        """All that the deploy names: flows, perhaps connections.json."""
        return list(self.texts)

    @property
    def touched(self) -> list[str]:
        """The flows that use a changed subflow or may use a changed connection."""
        return touched(self.live, self.after, set(self.changed))

    @property
    def removed(self) -> list[str]:
        """The flows that are removed; renamed ones are not among them."""
        names = (name for name, text in self.texts.items() if text is None)
        return [name for name in names if name not in self.renamed.values() and name not in self.renamed]

    def diffs(self) -> list[FlowDiff]:
        """Return what changes, flow by flow; a renamed one is one difference."""
        before = {new: self.live.flow(old) for new, old in self.renamed.items()}
        found = []
        for name in self.changed:
            if name in self.renamed.values() and name not in before:
                continue
            old, new = before.get(name) or self.live.flow(name), self.after.flow(name)
            if old is None and new is None:
                continue
            found.append(diff(old, new))
        return [change for change in found if change]


def touched(before: Contents, after: Contents, changed: set[str]) -> list[str]:
    """Return the flows beside the changed ones whose plan may differ because of them."""
    everybody = CONNECTIONS in changed
    found = []
    for flow in after.project.runnable():
        if flow.name in changed:
            continue
        inner = {*used_subflows(flow.name, after.project), *used_subflows(flow.name, before.project)}
        if everybody or inner & changed:
            found.append(flow.name)
    return found


def work_out(request: Deploy, live: Contents, disk: Contents, folder: Path) -> Candidate:
    """Work out what a deploy asks for; what is wrong with the request itself is in `found`."""
    candidate = Candidate(live, disk, live)
    items = _by_name(request, candidate)
    for name, item in items.items():
        candidate.bases[name] = item.base
        if item.flow is None:
            _remove(candidate, name, folder)
        else:
            _put(candidate, name, item.flow, folder)
    if request.connections is not None:
        _share(candidate, request.connections.connections, request.connections.base, folder)
    _pair(candidate)
    return candidate


def _by_name(request: Deploy, candidate: Candidate) -> dict[str, DeployItem]:
    """Return the items by the flow's own name. One under another key is a rename: the key goes, the name comes."""
    items: dict[str, DeployItem] = {}
    moved: list[tuple[str, str, DeployItem]] = []
    for key, item in request.flows.items():
        stated = item.flow.get("name") if item.flow is not None else None
        if isinstance(stated, str) and stated != key:
            moved.append((key, stated, item))
        else:
            items[key] = item
    for key, name, item in moved:
        items.setdefault(key, DeployItem(item.base, None))
        if name in items:
            candidate.found.append(_wrong(name, "duplicate-flow", f"two flows of the deploy are called '{name[:100]}'"))
        items[name] = DeployItem("", item.flow)
        candidate.renamed[name] = key
    return items


def _put(candidate: Candidate, name: str, flow: Mapping[str, Any], folder: Path) -> None:
    known = candidate.disk.project.flows.get(name) or candidate.live.project.flows.get(name)
    file = path_of(known) if known is not None else folder / f"{name}.json"
    candidate.files[name] = file
    reason = _unfit(candidate, name, file, known is None)
    if reason:
        candidate.texts[name] = None
        candidate.found.append(_wrong(name, "bad-name", reason))
        return
    try:
        text = format_flow(flow if file.stem == name else {**flow, "name": name})
    except (ValueError, RecursionError) as error:
        candidate.texts[name] = None
        candidate.found.append(_wrong(name, "not-json", f"the flow cannot be written as JSON: {error}"))
        return
    candidate.texts[name] = text
    earlier = candidate.live.project.flows.get(candidate.renamed.get(name, name))
    parsed = shared(parse_flow(text, str(file)), earlier)
    candidate.after = candidate.after.with_flow(parsed, revision_of_canonical(text))


def _unfit(candidate: Candidate, name: str, file: Path, new: bool) -> str:
    """Say why a flow may not be called so, or nothing."""
    if not re.match(NAME, name) or len(name) > 100:
        return f"a flow cannot be called {name[:100]!r}: letters, digits, _ and -, 100 at most, and no - at the start"
    if new and file.name in OTHERS:
        return f"a flow cannot be called '{name}': {file.name} has another meaning in a folder of flows"
    if new and file.exists() and all(path_of(f) != file for f in candidate.disk.project.flows.values()):
        return f"{file.name} is there already and is no flow: choose another name, or move the file away"
    holders = [other for other, f in candidate.disk.project.flows.items() if path_of(f) == file and other != name]
    if holders and holders[0] not in candidate.renamed.values():
        return f"{file.name} holds the flow '{holders[0]}': choose another name"
    return ""


def _remove(candidate: Candidate, name: str, folder: Path) -> None:
    known = candidate.disk.project.flows.get(name) or candidate.live.project.flows.get(name)
    candidate.files[name] = path_of(known) if known is not None else folder / f"{name}.json"
    candidate.texts[name] = None
    candidate.after = candidate.after.without(name)


def _share(candidate: Candidate, connections: Mapping[str, Any], base: str, folder: Path) -> None:
    shared = candidate.disk.project.shared or candidate.live.project.shared
    value = shared.json.value if shared is not None else {}
    data = {"flowengine": 1, **(value if isinstance(value, dict) else {}), "connections": connections}
    file = folder / CONNECTIONS
    candidate.files[CONNECTIONS], candidate.bases[CONNECTIONS] = file, base
    try:
        text = format_flow(data)
    except (ValueError, RecursionError) as error:
        candidate.texts[CONNECTIONS] = None
        candidate.found.append(_wrong(CONNECTIONS, "not-json", f"the connections cannot be written as JSON: {error}"))
        return
    candidate.texts[CONNECTIONS] = text
    parsed = connections_file(parse_json(text, str(file)))
    candidate.found += [Found(CONNECTIONS, problem) for problem in parsed.problems]
    candidate.after = candidate.after.with_connections(parsed, revision_of_canonical(text))


def _pair(candidate: Candidate) -> None:
    """Find flows that were renamed by removing one and adding another."""
    live, known = candidate.live, {*candidate.renamed, *candidate.renamed.values()}
    names = [name for name in candidate.texts if name not in known]
    gone = {name: flow for name in names if candidate.texts[name] is None and (flow := live.flow(name))}
    come = {name: flow for name in names if name not in live.revisions and (flow := candidate.after.flow(name))}
    candidate.renamed |= renames(gone, come)


def _wrong(name: str, code: str, message: str) -> Found:
    return Found(name, Problem("error", code, message, hint=""))
