"""One of the two versions: the plans of its flows, and the envelope that would hold it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flowengine.errors import FlowEngineError
from flowengine.flow.ownership import Ownership, ownership_file, read_ownership
from flowengine.flow.plan import Plan, sound_plans
from flowengine.flow.problem import errors
from flowengine.flow.project import load_project
from flowengine.node import Actuator
from flowengine.registry import Registry
from flowengine.safety.envelope import EnvelopeFile, envelope_file, read_envelope
from flowengine.safety.owned import owned

SECRET = "secret"
"""What every `${secret:...}` is in a simulation."""


@dataclass(frozen=True)
class Version:
    """The plans and the envelope of one version, read from a folder."""

    plans: Mapping[str, Plan]
    ownership: Ownership
    envelope: EnvelopeFile | None = None
    """None: there is none, so nothing is guarded."""
    unsound: tuple[str, ...] = ()
    """Flows that have errors."""
    environment: Mapping[str, str] = field(default_factory=dict)

    def machines(self, flow: str) -> list[str]:
        """Return the actuators of a flow that belong to OT."""
        plan = self.plans.get(flow)
        if plan is None:
            return []
        acting = (name for name, node in plan.nodes.items() if issubclass(node.cls, Actuator))
        return [name for name in acting if self.ownership.node(plan, name) == "ot"]


def read_version(folder: Path, registry: Registry, environment: Mapping[str, str]) -> Version:
    """Read what a folder holds.

    Raises:
        FlowEngineError: there is an envelope that has errors: nothing could be written to any machine.
    """
    project = load_project(folder)
    plans = sound_plans(project, registry, environment, _secret)
    unsound = tuple(flow.name for flow in project.runnable() if flow.name not in plans)
    envelope = None
    file = envelope_file(folder)
    if file.exists():
        envelope = read_envelope(file, registry, environment, _secret)
        found = errors(envelope.problems)
        if envelope.envelope is None or found:
            first = found[0] if found else "it cannot be read"
            raise FlowEngineError(f"the envelope has errors, so that nothing could be written to any machine: {first}")
    ownership = owned(read_ownership(ownership_file(folder)).ownership, envelope)
    return Version(plans, ownership, envelope, unsound, environment)


def same_envelope(old: Version, new: Version) -> bool:
    """Say whether both are held by the same limits."""
    texts = [None if one.envelope is None else one.envelope.json.text for one in (old, new)]
    return texts[0] == texts[1]


def names_of(*collections: Collection[str]) -> list[str]:
    """Return all names, each once, in order."""
    return list(dict.fromkeys(name for one in collections for name in one))


def _secret(name: str) -> str:
    return SECRET
