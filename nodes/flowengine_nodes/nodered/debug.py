"""Node-RED's debug node."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import Meta

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.typed import evaluate

LONGEST_STATUS = 32


class Debug(RedTransform, type="nodered/debug"):
    """Show messages: in the debug stream, in the log, as the status of the node.

    Its options have Node-RED's names, and it does what Node-RED's debug node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "debug"
    always_named: ClassVar[bool] = True
    ports: ClassVar[int] = 0

    active: Annotated[bool, Meta(description="Whether anything is shown")] = True
    tosidebar: Annotated[bool, Meta(description="Show it in the debug stream")] = True
    console: Annotated[bool | str, Meta(description="Write it to the log")] = False
    tostatus: Annotated[bool, Meta(description="Show it as the status")] = False
    complete: Annotated[str | bool, Meta(description="The property to show; true: the whole message")] = "payload"
    targetType: Annotated[str, Meta(description="msg, full or jsonata")] = "msg"
    statusVal: Annotated[str, Meta(description="What to show as the status")] = ""
    statusType: Annotated[str, Meta(description="auto, msg, counter or jsonata")] = "auto"

    def begin(self) -> None:
        """Count from nothing."""
        self._count = 0
        if self.tostatus and self.statusType == "counter":
            self.red_status({"fill": "blue", "shape": "ring", "text": "0"})

    def receive(self, msg: Msg) -> None:
        """Show a msg."""
        if "status" in msg and isinstance(msg["status"], dict) and isinstance(msg["status"].get("source"), dict):
            source = msg["status"]["source"].get("id")
            if source == (self.id or self.key_):
                self.finished(msg)
                return
        if self.active:
            value, name = self._value(msg)
            if self.tosidebar:
                self.show(value, None, name)
            if self.console is True or self.console == "true":
                self.log.info("%s", self._line(value))
            if self.tostatus:
                self._show_status(msg, value)
        self.finished(msg)

    def _value(self, msg: Msg) -> tuple[Any, str]:
        if self.targetType == "jsonata":
            return evaluate(self, self.complete, "jsonata", msg), ""
        wanted = self.complete
        if wanted is True or wanted == "true" or self.targetType == "full":
            return msg, "msg"
        name = "payload" if wanted in (False, "false", "") else str(wanted)
        try:
            return properties.get(msg, name), name
        except RedError:
            return MISSING, name

    def _line(self, value: Any) -> str:
        if isinstance(value, str):
            return "\n" + value if "\n" in value else value
        if isinstance(value, dict | list):
            return "\n" + js.stringify(value, 2)
        return js.text(value)

    def _show_status(self, msg: Msg, value: Any) -> None:
        self._count += 1
        shown = value
        if self.statusType == "counter":
            self.red_status({"fill": "blue", "shape": "ring", "text": str(self._count)})
            return
        if self.statusType in ("msg", "jsonata"):
            shown = evaluate(self, self.statusVal or "payload", self.statusType, msg)
        fill, shape = "grey", "dot"
        if isinstance(shown, dict) and {"fill", "shape", "text"} & set(shown):
            fill, shape, shown = shown.get("fill", fill), shown.get("shape", shape), shown.get("text", "")
        elif isinstance(shown, dict) and "_error" in msg:
            fill = "red"
        text = js.stringify(shown) if isinstance(shown, dict | list) else js.text(shown)
        if len(text) > LONGEST_STATUS:
            text = text[:LONGEST_STATUS] + "..."
        self.red_status({"fill": fill, "shape": shape, "text": text})
