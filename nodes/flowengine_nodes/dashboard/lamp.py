"""The transform `dashboard/lamp`."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from flowengine_nodes.dashboard.display import NewestDisplay
from flowengine_nodes.dashboard.zone import State, Zone, checked, zone_of


class LampRule(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What a lamp shows for one value."""

    value: Annotated[Any, Meta(description="The payload: any JSON value")]
    state: Annotated[State, Meta(description="How the lamp looks; only warning and alarm are in colour")]
    text: Annotated[str, Meta(description="What it says, such as tripped; empty: the value", max_length=60)] = ""


class Lamp(NewestDisplay, type="dashboard/lamp"):
    """Show a state on the operators' page, by shape, word and colour.

    The first of `rules` whose value equals the payload says how the lamp looks; then the first of `zones` in which a
    number lies. Without a rule that fits, true and every number but 0 are active, false and 0 are off, and everything
    else is shown as its own word. A message of bad quality is shown as unknown. Messages are passed on as they are.

    Example: rules [{"value": "active", "state": "alarm", "text": "tripped"}, {"value": "cleared", "state": "normal",
    "text": "ready"}], initial "cleared".
    """

    widget = "lamp"

    rules: Annotated[list[LampRule], Meta(description="What to show for which value; the first that fits counts")] = []
    zones: Annotated[list[Zone], Meta(description="What to show for which range of numbers")] = []
    initial: Annotated[
        Any, Meta(description="The value until a message has come: any JSON value; empty: the lamp shows unknown")
    ] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        checked(self.zones)

    def shown(self) -> Any:
        """Return state (normal, active, warning, alarm, off, unknown), text, value, quality and time."""
        if self._newest is None:
            if self.initial is None:
                return None
            state, text = self._look(self.initial)
            return {"value": self.initial, "state": state, "text": text, "quality": "good", "time": 0.0}
        msg = self._newest
        state, text = self._look(msg.payload) if msg.quality != "bad" else ("unknown", "")
        return {"value": msg.payload, "state": state, "text": text, "quality": msg.quality, "time": msg.time}

    def _look(self, value: Any) -> tuple[str, str]:
        for rule in self.rules:
            if rule.value == value and isinstance(rule.value, bool) == isinstance(value, bool):
                return rule.state, rule.text or _word(value)
        zone = zone_of(self.zones, value)
        if zone is not None:
            return zone.state, zone.text or _word(value)
        if isinstance(value, bool | int | float):
            return ("active" if value else "off"), ""
        return "normal", _word(value)


def _word(value: Any) -> str:
    return value[:60] if isinstance(value, str) else msgspec.json.encode(value, enc_hook=repr).decode()[:60]
