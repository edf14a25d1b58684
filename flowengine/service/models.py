"""How good learned models were found to be, as the running flows write it down, and what they have learned."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from flowengine import settings
from flowengine.assets.models import Use, Version, files, uses, versions
from flowengine.flow.plan import Plan, sound_plans
from flowengine.flow.project import load_project
from flowengine.runtime.keepsakes import keepsakes_file
from flowengine.service.parts import MaySee, Stamp, stamp_of
from flowengine.service.places import checkpoints_folder
from flowengine.store.kept import peek
from flowengine.store.packing import unpack_value

if TYPE_CHECKING:
    from flowengine.service.service import Service

Figures = dict[str, Any]
"""count, mae, rmse, bias; answers, coverage, difference. None: nothing is known."""


@dataclass(frozen=True)
class Models:
    """The versions that there are, the nodes that use them, and what was measured there."""

    versions: tuple[Version, ...] = ()
    uses: tuple[Use, ...] = ()
    figures: Mapping[tuple[str, str, str], Figures] = field(default_factory=dict)
    """By flow, node and role."""
    problems: tuple[str, ...] = ()
    """Why there are none: what cannot be read."""


class ModelsDesk:
    """Looks at flows and files of models when asked, and again only when one has changed: a hash reads a whole file."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[Stamp, tuple[Version, ...], Mapping[str, Plan]] | None = None

    def look(self, service: Service, may_see: MaySee | None) -> Models:
        """Return the models; waits for the disk, and for whoever is looking already."""
        with self._lock:
            stamp = stamp_of((*service.folder.glob("*.json"), *files(service.folder)))
            if self._known is None or self._known[0] != stamp:
                project = load_project(service.folder)
                found = sound_plans(project, service.registry, service.environment, settings.secret)
                self._known = stamp, tuple(versions(service.folder)), found
            _, known, plans = self._known
        seen = {name: plan for name, plan in plans.items() if may_see is None or may_see(name)}
        used = uses(seen)
        if may_see is not None:
            named = {use.sha256.lower() for use in used}
            known = tuple(one for one in known if one.sha256 in named)
        return Models(known, tuple(used), measured(service.folder, used))


_DESKS: WeakKeyDictionary[Service, ModelsDesk] = WeakKeyDictionary()


def models_of(service: Service, may_see: MaySee | None = None) -> Models:
    """Return the models of a service's folder; given which flows someone may see, those that these use."""
    try:
        return _DESKS.setdefault(service, ModelsDesk()).look(service, may_see)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Models(problems=(f"the models cannot be read: {reason}; flowengine models list says which file it is",))


def measured(folder: Path, used: Iterable[Use]) -> dict[tuple[str, str, str], Figures]:
    """Return what was measured, by flow, node and role: at most two seconds old where the flow runs.

    Raises:
        OSError: what is kept cannot be read.
    """
    places = checkpoints_folder(folder)
    kept = {flow: peek(keepsakes_file(places, flow)) for flow in dict.fromkeys(use.flow for use in used)}
    found = {}
    for use in used:
        stored = kept[use.flow].get(use.node)
        value = unpack_value(stored.data) if stored is not None else None
        for figures in value.get("models", []) if isinstance(value, dict) else []:
            if figures.get("role") == use.role and figures.get("sha256", "").lower() == use.sha256.lower():
                found[use.flow, use.node, use.role] = figures
    return found


def learned(folder: Path, flow: str, node: str) -> dict[str, Any]:
    """Return the models that a node has learned, as data, by the SHA-256 of the file that each began from.

    Raises:
        OSError: what is kept cannot be read.
        LookupError: nothing is kept of that node, or it learns no model.
    """
    stored = peek(checkpoints_folder(folder) / f"{flow}.sqlite").get(f"node:{node}")
    state = unpack_value(stored.data) if stored is not None else None
    found = state.get("learned") if isinstance(state, dict) else None
    if not isinstance(found, dict) or not found:
        raise LookupError(f"{flow}/{node} has learned no model that is kept: it must have run, and be one that learns")
    return found
