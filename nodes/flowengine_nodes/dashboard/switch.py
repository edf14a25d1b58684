"""The source `dashboard/switch`."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from flowengine import BadData
from flowengine_nodes.dashboard.control import Control
from flowengine_nodes.values.convert import shown


class SwitchControl(Control, type="dashboard/switch"):
    """Send one of two values when an operator turns a switch on the operators' page.

    The switch stands as the display in `reads` says: on when that shows `on`, off when it shows `off`, else unknown.

    Example: title Fan, on 1, off 0, reads fan-runs.
    """

    widget = "switch"

    on: Annotated[Any, Meta(description="The payload for on: any JSON value")] = True
    off: Annotated[Any, Meta(description="The payload for off: any JSON value")] = False
    on_text: Annotated[str, Meta(description="Word for on; empty: on", max_length=20)] = ""
    off_text: Annotated[str, Meta(description="Word for off; empty: off", max_length=20)] = ""
    confirm: Annotated[str, Meta(description="Question that is asked first; empty: none", max_length=200)] = ""

    def __post_init__(self) -> None:
        if self.on == self.off and isinstance(self.on, bool) == isinstance(self.off, bool):
            raise ValueError("on and off must be two different values")

    def payload(self, value: Any) -> Any:
        """Return the value for true (on) or false (off).

        Raises:
            BadData: it is neither.
        """
        if not isinstance(value, bool):
            raise BadData(f"a switch is turned to true or false, not {shown(value)}")
        return self.on if value else self.off
