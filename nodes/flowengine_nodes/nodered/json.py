"""Node-RED's json node."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.schema_errors import schema_errors
from flowengine_nodes.nodered.typed import parse_json


class Json(RedTransform, type="nodered/json"):
    """Read JSON, or write it. `msg.schema` is a JSON Schema that the value must fulfil.

    Its options have Node-RED's names, and it does what Node-RED's json node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "json"

    property: Annotated[str, Meta(description="The property")] = "payload"
    action: Annotated[
        Literal["", "obj", "str"],
        Meta(description="Always to a value (obj) or a text (str); empty: the other of the two"),
    ] = ""
    pretty: Annotated[bool, Meta(description="Write it over several lines")] = False

    def receive(self, msg: Msg) -> None:
        """Read or write."""
        where = self.property or "payload"
        value = properties.get(msg, where)
        if value is MISSING:
            self.send(msg)
        elif isinstance(value, str | bytes):
            self._text(msg, where, value)
        elif isinstance(value, dict | list | bool) or value is None or js.is_number(value):
            self._judge(msg, value)
            if self.action != "obj":
                properties.put(msg, where, js.stringify(value, 4 if self.pretty else None))
            self._pass(msg)
        else:
            self.warn("Ignored unsupported payload type")
        self.finished(msg)

    def _text(self, msg: Msg, where: str, value: str | bytes) -> None:
        text = value.decode(errors="replace") if isinstance(value, bytes) else value
        if self.action == "str":
            if msg.get("schema"):
                self._judge(msg, parse_json(text))
        else:
            found = self._parsed(text)
            properties.put(msg, where, found)
            self._judge(msg, found)
        self._pass(msg)

    def _parsed(self, text: str) -> Any:
        try:
            return parse_json(text)
        except RedError as error:
            raise RedError(str(error).removeprefix("SyntaxError: ")) from None

    def _pass(self, msg: Msg) -> None:
        if msg.get("schema"):
            del msg["schema"]
        self.send(msg)

    def _judge(self, msg: Msg, value: Any) -> None:
        schema = msg.get("schema")
        if not js.truthy(schema):
            return
        if not isinstance(schema, dict | bool):
            raise RedError("JSON Schema error: failed to compile")
        found = schema_errors(schema, value)
        if found:
            msg["schemaError"] = found
            shown = ", ".join(f"data{each['instancePath']} {each['message']}" for each in found)
            raise RedError(f"JSON Schema error: {shown}")
