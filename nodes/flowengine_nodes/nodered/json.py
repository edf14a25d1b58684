"""Node-RED's json node."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from flowengine.options import problems as schema_problems
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.typed import parse_json


class Json(RedTransform, type="nodered/json"):
    """Read JSON, or write it. `msg.schema` is a JSON Schema that the value must fulfil."""

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
        schema = msg.get("schema")
        if isinstance(value, bytes):
            value = self._text_of(value)
        if value is MISSING:
            pass
        elif isinstance(value, str):
            if self.action in ("", "obj"):
                value = parse_json(value)
                self._judge(schema, value)
                properties.put(msg, where, value)
            else:
                if schema is not None:
                    self._judge(schema, parse_json(value))
                properties.put(msg, where, value)
        elif isinstance(value, dict | list | bool) or js.is_number(value):
            if self.action in ("", "str"):
                self._judge(schema, value)
                properties.put(msg, where, js.stringify(value, 4 if self.pretty else None))
            else:
                self._judge(schema, value)
        else:
            self.warn("Ignored unsupported payload type")
            self.done(msg)
            return
        msg.pop("schema", None)
        self.send(msg)
        self.done(msg)

    def _text_of(self, value: bytes) -> str:
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise RedError("Ignored unsupported payload type") from None

    def _judge(self, schema: Any, value: Any) -> None:
        if not isinstance(schema, dict):
            return
        found = schema_problems(schema, value)
        if found:
            shown = "; ".join(f"data{''.join('/' + str(key) for key in keys)} {why}" for keys, why in found[:20])
            raise RedError(f"JSON Schema error: {shown}")
