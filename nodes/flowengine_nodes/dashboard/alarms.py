"""The transform `dashboard/alarms`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message
from flowengine_nodes.dashboard.display import Display
from flowengine_nodes.values.convert import shown

MOST = 200
"""Alarms that are kept, standing ones first."""

PRIORITIES = {"high": 0, "medium": 1, "low": 2}


class Alarms(Display, type="dashboard/alarms"):
    """Show a list of alarms on the operators' page.

    An alarm is an object with `alarm` (its name) and `state` (active or cleared), and may have `area`, `priority`
    (high, medium, low), `text` and `value`: what the example flow alarm.json makes. One that stands is shown until it
    is cleared; the newest cleared ones stay below. Messages are passed on as they are.

    Example: wire every alarm of a machine here; with `faults` nodes in trouble are listed, too.
    """

    widget = "alarms"

    cleared: Annotated[int, Meta(description="Cleared alarms that stay in the list", ge=0, le=100), ADVANCED] = 5
    faults: Annotated[bool, Meta(description="List nodes that are in trouble, too")] = True

    def __post_init__(self) -> None:
        self._standing: dict[tuple[str, str], dict[str, Any]] = {}
        self._past: list[dict[str, Any]] = []

    def take(self, msg: Message) -> None:
        """Take an alarm.

        Raises:
            BadData: the payload is no alarm.
        """
        alarm = _alarm(msg)
        key = (alarm["area"], alarm["alarm"])
        before = self._standing.pop(key, None)
        if alarm["state"] == "active":
            alarm["since"] = before["since"] if before is not None else alarm["since"]
            self._standing[key] = alarm
            while len(self._standing) > MOST:
                del self._standing[next(iter(self._standing))]
        elif before is not None:
            self._past = [{**before, "state": "cleared", "until": alarm["since"]}, *self._past][: self.cleared]

    def keepsake(self) -> Any:
        """Return all alarms of the list."""
        return {"standing": list(self._standing.values()), "past": self._past}

    def regain(self, keepsake: Any) -> None:
        """List them again."""
        self._standing = {(alarm["area"], alarm["alarm"]): alarm for alarm in keepsake["standing"]}
        self._past = keepsake["past"][: self.cleared]

    def shown(self) -> Any:
        """Return the alarms that stand, the most urgent first, and the cleared ones, the newest first."""
        standing = sorted(self._standing.values(), key=lambda a: (PRIORITIES[a["priority"]], -a["since"]))
        return {"alarms": standing, "cleared": self._past}


def _alarm(msg: Message) -> dict[str, Any]:
    found = msg.payload
    if not isinstance(found, dict) or not isinstance(found.get("alarm"), str):
        raise BadData(f'an alarm is an object such as {{"alarm": "too hot", "state": "active"}}, not {shown(found)}')
    state: Literal["active", "cleared"] = found.get("state", "active")
    if state not in ("active", "cleared"):
        raise BadData(f"the state of an alarm is active or cleared, not {shown(state)}")
    priority = found.get("priority")
    return {
        "alarm": found["alarm"],
        "area": str(found.get("area") or ""),
        "state": state,
        "priority": priority if priority in PRIORITIES else "medium",
        "text": str(found.get("text") or ""),
        "value": found.get("value"),
        "since": msg.time,
    }
