"""The source `dashboard/button`."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from flowengine import Message
from flowengine_nodes.dashboard.control import Control


class Button(Control, type="dashboard/button"):
    """Send a message when an operator presses a button on the operators' page.

    With `confirm` the page asks first. The button can be pressed in the canvas, too.

    Example: title "Reset trip", value true, confirm "Is the cause found?", wired to the reset of a control/limit.
    """

    widget = "button"

    label: Annotated[str, Meta(description="Word on the button; empty: the title", max_length=40)] = ""
    value: Annotated[Any, Meta(description="The payload: any JSON value")] = True
    confirm: Annotated[str, Meta(description="Question that is asked first; empty: none", max_length=200)] = ""

    def pressed(self) -> Message:
        """Return the message."""
        return self.operated(None)

    def payload(self, value: Any) -> Any:
        """Return the value of the button, whatever the widget says."""
        return self.value
