"""How good learned models were found to be, as the running flows write it down, and what they have learned."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import msgspec

from flowengine import settings
from flowengine.assets.models import FOLDER, Use, Version, files, uses, versions
from flowengine.errors import BadData, NotFound
from flowengine.flow.plan import Plan, sound_plans
from flowengine.flow.project import load_project
from flowengine.runtime.checkpoints.keepsakes import keepsakes_file
from flowengine.service.parts import MaySee, Stamp, stamp_of
from flowengine.service.places import checkpoints_folder
from flowengine.store.kept import peek
from flowengine.store.packing import unpack_value
from flowengine.store.revisions import Written

if TYPE_CHECKING:
    from flowengine.service.service import Service

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

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


@dataclass(frozen=True)
class Saved:
    """A version that was made of what a node has learned."""

    file: str
    """Below the folder of the flows."""
    sha256: str
    warning: str = ""
    """Why it is no revision, and what to do."""


def document(folder: Path, flow: str, node: str) -> bytes:
    """Return what a node has learned as the bytes of a file.

    Raises:
        OSError, LookupError: see `learned`.
    """
    found = learned(folder, flow, node)
    return msgspec.json.format(msgspec.json.encode(next(iter(found.values()))), indent=1) + b"\n"


def save_version(service: Service, flow: str, node: str, name: str, author: str) -> Saved:
    """Write what a node has learned into models/NAME/ as the next version, and as a revision; waits for the disk.

    Nothing that runs is touched, and no file is overwritten: a version is one content.

    Raises:
        NotFound: nothing is kept of that node, or it learns no model.
        BadData: the name cannot be that of a folder, or the file cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise BadData(f"'{name[:100]}' is no name of a model: take letters, digits, - and _, 64 at most")
    if not any((use.flow, use.node) == (flow, node) for use in models_of(service).uses):
        raise NotFound(f"{flow}/{node} is no node with a model: see GET /api/models")
    try:
        raw = document(service.folder, flow, node)
        file = _next(service.folder / FOLDER / name)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("xb") as stream:
            stream.write(raw)
    except LookupError as error:
        raise NotFound(str(error.args[0])) from None
    except OSError as error:
        raise BadData(f"the version cannot be written: {error.strerror or type(error).__name__}") from None
    shown = file.relative_to(service.folder).as_posix()
    kept = service.revisions.record([Written(file, raw.decode())], f"{shown}: learned by {flow}/{node}", author)
    return Saved(shown, hashlib.sha256(raw).hexdigest(), kept.warning)


def _next(folder: Path) -> Path:
    """Return the file of the version behind the highest number that there is, whatever its kind."""
    numbers = [int(file.stem) for file in folder.glob("*") if file.stem.isascii() and file.stem.isdigit()]
    return folder / f"{max(numbers, default=0) + 1}.json"
