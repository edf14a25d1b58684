"""A changed envelope while machines run: what of how they stand goes on under the new limits.

An output that is still the same place keeps its mode, its arming, its writer and its latches. The new limits hold from
the next command on, and what stands outside them is made safe. One that is gone, or is another place now, begins
disarmed; the guard before makes the old place safe.
"""

from __future__ import annotations

from dataclasses import replace

from flowengine.safety.guard import Guard
from flowengine.safety.model import Output
from flowengine.safety.standing import Standing


def succeed(guard: Guard, before: Guard) -> list[str]:
    """Let a guard go on where the one before stands; returns which outputs of that one no longer are what they were."""
    guard.stops = list(before.stops)
    guard.unlisted = dict(before.unlisted)
    gone = []
    for name, old in before.envelope.outputs.items():
        new = guard.envelope.outputs.get(name)
        if new is None or new.address != old.address:
            gone.append(name)
            if new is not None:
                guard.standing[name] = replace(Standing.at_first(new), trips=list(before.standing[name].trips))
        else:
            guard.standing[name] = _going_on(new, before.standing[name])
    guard.tell("envelope", "", f"version {guard.envelope.version} is in force, after {before.envelope.version}")
    return gone


def _going_on(output: Output, before: Standing) -> Standing:
    """Return how an output stands under its new limits."""
    standing = replace(before, trips=list(before.trips), noted="")
    standing.is_safe = before.is_safe and (output.safe is None or _stands_at(before) == output.safe)
    if standing.mode not in output.modes:
        if standing.armed:
            standing.wanted_safe = f"the envelope does not let it be in mode {standing.mode} any more"
        standing.mode = standing.before = Standing.at_first(output).mode
        standing.armed = standing.is_safe = False
    elif standing.armed and standing.last is not None and not output.takes(standing.last.value):
        standing.wanted_safe, standing.is_safe = "what it stands at is outside the new envelope", False
    if standing.before not in output.modes:
        standing.before = Standing.at_first(output).mode
    return standing


def _stands_at(standing: Standing) -> object:
    return None if standing.last is None else standing.last.value
