"""Running hours that a flow counts: the newest value of a tag in its archive, read beside whoever writes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from flowengine.assets.shape import AssetsShape
from flowengine.errors import Retryable
from flowengine.flow.plan import Plan
from flowengine.historian import Reading
from flowengine.outgoing import reach_for

DIGITS: Final = 1
"""Digits of the hours behind the point: who looks again finds another number every six minutes, not every second."""


class Count(NamedTuple):
    """Hours that a part had run, or why they are not known."""

    hours: float | None = None
    day: str = ""
    """Of the value, UTC."""
    sure: bool = True
    """Whether its quality is good: the counter has seen all of them."""
    source: str = ""
    """Where they are counted, `flow/tag`; empty: in a flow that is not looked at."""
    problem: str = ""
    """Names no flow that is not looked at: it is shown to those, too, who may not see it."""


def flow_and_tag(hours_from: str) -> tuple[str, str]:
    """Return what `flow/tag` means, as a target of Grafana does."""
    flow, _, tag = hours_from.partition("/")
    return flow, tag


def counts_of(assets: AssetsShape, plans: Mapping[str, Plan]) -> dict[str, Count]:
    """Return the hours of each part that names where they are counted; waits for the disk."""
    return {id: _count(asset.hours_from, plans) for id, asset in assets.assets.items() if asset.hours_from}


def _count(source: str, plans: Mapping[str, Plan]) -> Count:
    flow, tag = flow_and_tag(source)
    if flow not in plans:
        return Count(problem="the flow that counts its hours is not there, or has errors")
    problem = f"'{flow}' keeps no history: it has no connection that does"
    reach = reach_for(plans[flow].outgoing)
    for _, connection in sorted(plans[flow].connections.items()):
        archive = connection.cls.historian(connection.options, reach)
        if archive is None:
            continue
        try:
            with archive as historian:
                newest = historian.last(tag)
        except Retryable as error:
            problem = str(error)
            continue
        if newest is not None:
            return _read(newest, source)
        problem = f"nothing has been kept as '{tag}' yet"
    return Count(source=source, problem=problem)


def _read(newest: Reading, source: str) -> Count:
    day = str(datetime.fromtimestamp(newest.time, UTC).date())
    if newest.value is None or newest.quality == "bad" or newest.value < 0:
        return Count(source=source, problem=f"the counter has had no good value since {day}")
    return Count(round(newest.value, DIGITS), day, newest.quality == "good", source)
