"""What pages show of a change beside its content, under the engine's seal.

People decide by what they are shown. So what was found out about a change is kept with a seal, and whoever writes into
the table makes a change that nobody can approve, and a simulation that nobody sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from flowengine.access.seal import Seal
from flowengine.store.changes import Change

SIMULATION: Final = "simulation"
"""Where the simulation stands, which comes later than all else."""
_SEAL: Final = "seal"


def sealed_evidence(seal: Seal, change: Change) -> dict[str, Any]:
    """Return the evidence of a new change with the seal of all that is shown of it."""
    return {**change.evidence, _SEAL: seal.of(*_shown(change))}


def evidence_fits(seal: Seal, change: Change) -> bool:
    """Say whether what is shown of a change is what was found out when it was asked for."""
    return seal.fits(str(change.evidence.get(_SEAL, "")), *_shown(change))


def sealed_simulation(seal: Seal, id: int, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the simulation of a change with its seal."""
    return {**found, _SEAL: seal.of(SIMULATION, str(id), _text(found))}


def simulation_of(seal: Seal, change: Change) -> dict[str, Any] | None:
    """Return the simulation of a change; None: there is none, or another has written into it."""
    found = dict(change.evidence.get(SIMULATION) or {})
    mark = str(found.pop(_SEAL, ""))
    return found if found and seal.fits(mark, SIMULATION, str(change.id), _text(found)) else None


def _shown(change: Change) -> tuple[str, ...]:
    evidence = {key: value for key, value in change.evidence.items() if key not in (_SEAL, SIMULATION)}
    about = (str(change.id), change.author, change.message, change.base, change.content)
    return ("evidence", *about, _text(evidence))


def _text(found: Mapping[str, Any]) -> str:
    return msgspec.json.encode(found, order="sorted").decode()
