"""The folder and its flows as people see them: how each is, what is wrong with it, what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowengine.errors import NotFound
from flowengine.flow.file import FlowFile
from flowengine.service.answers import FlowDetail, FlowState, FlowSummary, Found, ProjectSummary, SharedConnections
from flowengine.service.checking import Checking
from flowengine.service.contents import Contents
from flowengine.service.standing import Standing
from flowengine.store.revisions import Revisions


class Describing:
    """Makes the answers that describe the folder and its flows. Safe to use from any thread."""

    def __init__(self, standing: Standing, checking: Checking, revisions: Revisions) -> None:
        self._standing = standing
        self._checking = checking
        self._revisions = revisions

    def project(self) -> ProjectSummary:
        """Return the folder with all flows, those that are only on disk too."""
        standing = self._standing
        live, disk = standing.live, standing.disk
        names = dict.fromkeys([*live.revisions, *disk.revisions])
        return ProjectSummary(
            folder=str(standing.folder),
            flows=tuple(self._summary(name, live, disk) for name in sorted(names)),
            connections=SharedConnections(live.connections, disk.connections, _connections(live)),
            git=self._revisions.git,
            branch=self._revisions.branch,
            note=self._revisions.note,
            problems=tuple(problem for problem in disk.project.problems if problem.code != "no-flow"),
        )

    def summary(self, name: str) -> FlowSummary:
        """Return how a flow is.

        Raises:
            NotFound: there is no such flow.
        """
        live, disk = self._standing.live, self._standing.disk
        if not live.revision(name) and not disk.revision(name):
            raise NotFound(f"there is no flow '{name[:100]}' in this folder")
        return self._summary(name, live, disk)

    def detail(self, name: str, on_disk: bool) -> FlowDetail:
        """Return a flow with its content; one that is only on disk as it is there.

        Raises:
            NotFound: there is no such flow, or its file is gone and that was asked for.
        """
        live, disk = self._standing.live, self._standing.disk
        contents = disk if on_disk or name not in live.revisions else live
        file = contents.file(name)
        checked = self._checking.flow(name, contents)
        value = file.json.value
        return FlowDetail(
            summary=self._summary(name, live, disk),
            flow=value if isinstance(value, dict) else {},
            ports=checked.ports,
            problems=checked.problems,
            revision=contents.revision(name),
        )

    def _summary(self, name: str, live: Contents, disk: Contents) -> FlowSummary:
        contents = live if name in live.revisions else disk
        file, found = contents.file(name), self._checking.problems(name, contents)
        state = self._state(name, file, found)
        flow = file.flow
        return FlowSummary(
            name=name,
            file=file.json.file,
            revision=live.revision(name),
            disk=disk.revision(name),
            state=state,
            note=flow.note if flow is not None else "",
            nodes=len(flow.nodes) if flow is not None else 0,
            errors=_count(found, "error"),
            warnings=_count(found, "warning"),
            error=self._why(name, state, found),
        )

    def _state(self, name: str, file: FlowFile, found: tuple[Found, ...]) -> FlowState:
        running = self._standing.engine.flows.get(name)
        if running is not None:
            return "failed" if running.trouble else "running"
        if file.flow is None:
            return "broken"
        if file.flow.subflow is not None:
            return "subflow"
        if file.flow.disabled:
            return "disabled"
        if name in self._standing.stopped:
            return "stopped"
        if _count(found, "error"):
            return "broken"
        return "failed" if name in self._standing.failures else "stopped"

    def _why(self, name: str, state: FlowState, found: tuple[Found, ...]) -> str:
        if state == "broken":
            return next(one.problem.message for one in found if one.problem.severity == "error")
        if state != "failed":
            return ""
        running = self._standing.engine.flows.get(name)
        return running.trouble if running is not None else self._standing.failures.get(name, "")


def _connections(contents: Contents) -> Mapping[str, Any]:
    shared = contents.project.shared
    value = shared.json.value if shared is not None else None
    found = value.get("connections") if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _count(found: tuple[Found, ...], severity: str) -> int:
    return sum(one.problem.severity == severity for one in found)
