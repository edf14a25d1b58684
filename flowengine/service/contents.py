"""What a folder of flows holds at one moment: all its flows and what they share, each content with its revision.

There are two of these: what stands on disk, and what runs (or would run). A deploy, or taking a file, moves the second;
an editor or `git pull` moves the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from flowengine.errors import NotFound
from flowengine.flow.content import canonical
from flowengine.flow.file import ConnectionsFile, FlowFile
from flowengine.flow.model import Flow
from flowengine.flow.project import CONNECTIONS, Project


@dataclass(frozen=True)
class Contents:
    """All flows and shared connections at one moment, with their revisions. Immutable: a change makes another one."""

    project: Project
    revisions: Mapping[str, str] = field(default_factory=dict)
    """Flow -> the revision of its content."""
    connections: str = ""
    """The revision of connections.json; empty: there is none."""

    def revision(self, name: str) -> str:
        """Return the revision of a flow, or of connections.json; empty: it is not there."""
        return self.connections if name == CONNECTIONS else self.revisions.get(name, "")

    def file(self, name: str) -> FlowFile:
        """Return a flow's file.

        Raises:
            NotFound: there is no such flow.
        """
        found = self.project.flows.get(name)
        if found is None:
            raise NotFound(f"there is no flow '{name[:100]}' in this folder")
        return found

    def flow(self, name: str) -> Flow | None:
        """Return a flow, or connections.json as a flow of connections alone; None: not there, or its form is broken."""
        if name != CONNECTIONS:
            return self.project.flow(name)
        shared = self.project.shared
        return None if shared is None else Flow(name=CONNECTIONS, connections=shared.connections)

    def with_flow(self, file: FlowFile, revision: str) -> Contents:
        """Return these contents with one flow added or replaced."""
        project = self.project
        chosen = project.chosen if file.name in project.chosen else (*project.chosen, file.name)
        flows = {**project.flows, file.name: file}
        return replace(
            self,
            project=replace(project, flows=flows, chosen=chosen),
            revisions={**self.revisions, file.name: revision},
        )

    def without(self, name: str) -> Contents:
        """Return these contents with one flow left out."""
        revisions = {key: value for key, value in self.revisions.items() if key != name}
        return replace(self, project=self.project.without(name), revisions=revisions)

    def with_connections(self, shared: ConnectionsFile | None, revision: str) -> Contents:
        """Return these contents with other shared connections."""
        return replace(self, project=replace(self.project, shared=shared), connections=revision)

    def differing(self, other: Contents) -> list[str]:
        """Return the names of all that these contents and others do not have in common."""
        names = [*dict.fromkeys([*self.revisions, *other.revisions]), CONNECTIONS]
        return [name for name in names if not self._same(name, other)]

    def _same(self, name: str, other: Contents) -> bool:
        """Say whether both hold the same: a revision is short enough for somebody to find two texts that share one."""
        if self.revision(name) != other.revision(name):
            return False
        mine, theirs = self._text(name), other._text(name)
        return mine == theirs or canonical(name, mine) == canonical(name, theirs)

    def _text(self, name: str) -> str:
        found = self.project.shared if name == CONNECTIONS else self.project.flows.get(name)
        return found.json.text if found is not None else ""


def path_of(file: FlowFile) -> Path:
    """Return where a flow was read."""
    return Path(file.json.file)
