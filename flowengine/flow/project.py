"""A folder of flows: the flows, the subflows they use, the connections they share.

Every `x.json` is a flow, but for `x.test.json` (tests), `connections.json` (what all flows of the folder share),
`dashboard.json` (the operators' pages), `envelope.json` (the limits that OT owns, which the guard reads),
`ownership.json` (what belongs to IT, and what to OT), `assets.json` (the parts of the plant), `notices.json` (what was
said of them) and `words.json` (what the flows say to people, in other languages).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flowengine.flow.file import ConnectionsFile, FlowFile, read_connections, read_flow, wrap
from flowengine.flow.model import ConnectionSpec, Flow
from flowengine.flow.problem import Problem

CONNECTIONS = "connections.json"
OTHERS = (
    CONNECTIONS,
    "dashboard.json",
    "envelope.json",
    "ownership.json",
    "assets.json",
    "notices.json",
    "words.json",
)
SUBFLOW = "flow/"
"""What the type of a node that is a flow begins with."""


@dataclass(frozen=True)
class Project:
    """All flows of a folder, by name."""

    flows: Mapping[str, FlowFile] = field(default_factory=dict)
    shared: ConnectionsFile | None = None
    problems: tuple[Problem, ...] = ()
    """What is wrong with the folder itself: two flows of one name, no flow at all."""
    folder: Path | None = None
    chosen: tuple[str, ...] = ()
    """The flows asked for: all of a folder, or the one whose file was named."""

    @classmethod
    def of(cls, *flows: Flow | FlowFile, connections: Mapping[str, ConnectionSpec] | None = None) -> Project:
        """Make a project of flows that are in memory."""
        from flowengine.flow.strict_json import Json

        files = {file.name: file for file in map(wrap, flows)}
        shared = ConnectionsFile(Json(CONNECTIONS), dict(connections), []) if connections is not None else None
        return cls(files, shared, chosen=tuple(files))

    def with_flow(self, flow: Flow | FlowFile) -> Project:
        """Return this project with one flow added or replaced: a draft among its neighbours."""
        file = wrap(flow)
        known = self.flows.get(file.name)
        if known is not None and known.flow is file.flow:
            return self
        return Project({**self.flows, file.name: file}, self.shared, self.problems, self.folder, self.chosen)

    def without(self, name: str) -> Project:
        """Return this project with one flow left out."""
        flows = {key: file for key, file in self.flows.items() if key != name}
        chosen = tuple(key for key in self.chosen if key != name)
        return Project(flows, self.shared, self.problems, self.folder, chosen)

    def flow(self, name: str) -> Flow | None:
        """Return a flow whose form is sound, or None."""
        file = self.flows.get(name)
        return file.flow if file is not None else None

    def subflow(self, type_name: str) -> Flow | None:
        """Return the flow that a node of type `flow/<name>` stands for, or None."""
        if not type_name.startswith(SUBFLOW):
            return None
        flow = self.flow(type_name.removeprefix(SUBFLOW))
        return flow if flow is not None and flow.subflow is not None else None

    def subflow_names(self) -> list[str]:
        """Return the names of all flows that can be used as nodes."""
        return [name for name, file in self.flows.items() if file.flow is not None and file.flow.subflow is not None]

    def runnable(self) -> list[Flow]:
        """Return the flows asked for that run by themselves: no subflows, none disabled or with a broken form."""
        found = [self.flow(name) for name in self.chosen]
        return [flow for flow in found if flow is not None and flow.subflow is None and not flow.disabled]

    @property
    def connections(self) -> Mapping[str, ConnectionSpec]:
        """The shared connections."""
        return self.shared.connections if self.shared is not None else {}


def load_project(
    path: Path,
    read: Callable[[Path], FlowFile] = read_flow,
    read_shared: Callable[[Path], ConnectionsFile] = read_connections,
) -> Project:
    """Load a folder of flows, or one flow with what it needs from its folder.

    `read` and `read_shared` read the files. Never raises for what is in them: every flow carries its problems, and
    those of the folder are in `problems`.

    Raises:
        FileNotFoundError: there is no such file or folder.
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {path}")
    folder = path if path.is_dir() else path.parent
    files = {file: read(file) for file in flow_files(path)}
    problems: list[Problem] = []
    flows: dict[str, FlowFile] = {}
    for flow in files.values():
        first = flows.setdefault(flow.name, flow)
        if first is not flow:
            line = flow.json.lines([("name",)]).get(("name",), 0)
            message = f"the flow is called '{flow.name}', as that in {first.json.file} is"
            problems.append(
                Problem(
                    "error", "duplicate-flow", message, flow.json.file, line, "$.name", hint="rename one of the two"
                )
            )
    shared = folder / CONNECTIONS
    if path.is_dir():
        chosen = tuple(flows)
        if not files and not shared.exists():
            problems.append(Problem("error", "no-flow", "there is no flow (x.json) in this folder", str(path)))
    else:
        chosen = (files[path].name,)
        flows[files[path].name] = files[path]
    return Project(
        flows,
        read_shared(shared) if shared.exists() else None,
        tuple(problems),
        folder,
        chosen,
    )


def flow_files(path: Path) -> list[Path]:
    """Return the flow files of a folder in the order of their names; for a file, those of its folder and itself."""
    folder, wanted = (path, None) if path.is_dir() else (path.parent, path)
    found = [
        file
        for file in sorted(folder.glob("*.json"))
        if file.name not in OTHERS
        and not file.name.endswith(".test.json")
        and not file.name.startswith(".")
        and file.is_file()
    ]
    return found if wanted is None or wanted in found else [*found, wanted]
