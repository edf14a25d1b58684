"""When a forecast reaches a limit, and the alarm that says so once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flowengine import Message, Routed
from flowengine_nodes.signal.readings import PerTopic, elapsed


class Foreseeing(PerTopic):
    """What forecasts of each topic have in common: the usual step between two readings, the alarm before a limit."""

    def timed(self, known: dict[str, Any], time: float) -> None:
        """Take the time of a reading.

        Raises:
            BadData: the reading is late.
        """
        seconds = elapsed(known["time"], time)
        if seconds:
            step = known["step"]
            known["step"] = seconds if step is None else step + 0.1 * (min(seconds, 3 * step) - step)
        known["time"] = time

    def told(self, out: Message, known: dict[str, Any], limit: float, warn: float) -> list[Message | Routed]:
        """Return a forecast, and an alarm where it is the first to reach the limit within `warn` seconds."""
        sent: list[Message | Routed] = [out]
        reached = out.payload["time_to_limit"]
        soon = reached is not None and reached <= warn
        if soon and not known.get("warned"):
            sent.append(out.with_payload({**out.payload, "limit": limit}).to("alarm"))
            self.status("warning", f"limit {limit:g} in {reached:.0f} s")
        elif not soon and known.get("warned"):
            self.status("ok", "")
        known["warned"] = soon
        return sent


def crossing(
    ahead: Iterable[tuple[float, float]], z: float, limit: float, above: bool, step: float
) -> dict[str, float | None]:
    """Return `time_to_limit`, seconds until the forecast crosses, and `soonest`, when its interval first does.

    Args:
        ahead: forecasts one, two, three … steps ahead and their standard deviations.
        z: half the width of the interval, in standard deviations.
        limit: the limit.
        above: whether the signal is above it now.
        step: seconds of a step.
    """
    found: dict[str, float | None] = {"time_to_limit": None, "soonest": None}
    for number, (value, deviation) in enumerate(ahead, 1):
        edge = value - z * deviation if above else value + z * deviation
        if found["soonest"] is None and (edge <= limit if above else edge >= limit):
            found["soonest"] = number * step
        if value <= limit if above else value >= limit:
            found["time_to_limit"] = number * step
            break
    return found
