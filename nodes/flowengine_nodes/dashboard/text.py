"""The transform `dashboard/text`."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from flowengine_nodes.dashboard.display import NewestDisplay, facts

LONGEST = 2000
"""Characters of a text that are shown."""


class TextDisplay(NewestDisplay, type="dashboard/text"):
    """Show text on the operators' page: a heading, an instruction, or what the flow says.

    Shows the payload of the newest message as plain text, and `text` until one has come. Messages are passed on as
    they are.

    Example: text "Close the door before you reset the trip."
    """

    widget = "text"

    text: Annotated[str, Meta(description="Shown until a message has come", max_length=LONGEST)] = ""
    large: Annotated[bool, Meta(description="As a heading, in large letters")] = False

    def shown(self) -> Any:
        """Return the text as `value`, with quality and time of its message."""
        if self._newest is None:
            return {"value": self.text, "unit": "", "quality": "good", "time": 0.0}
        payload = self._newest.payload
        return {**facts(self._newest), "value": payload[:LONGEST] if isinstance(payload, str) else payload}
