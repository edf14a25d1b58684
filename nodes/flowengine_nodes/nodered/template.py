"""Node-RED's template node."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal

from msgspec import Meta

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.typed import from_context, parse_json, to_context
from flowengine_nodes.values import mustache

LARGEST = 16 * 1024 * 1024


class Template(RedTransform, type="nodered/template"):
    """Fill a text in.

    `{{payload}}`, `{{{payload}}}`, `{{#list}}...{{/list}}`, `{{flow.x}}`, `{{global.x}}`, `{{env.X}}` stand for values.
    """

    red: ClassVar[str] = "template"
    always_named: ClassVar[bool] = True

    field: Annotated[str, Meta(description="The property that gets the text")] = "payload"
    fieldType: Annotated[str, Meta(description="Whose it is: msg, flow, global")] = "msg"
    format: Annotated[str, Meta(description="The language that the editor shows")] = "handlebars"
    syntax: Annotated[Literal["mustache", "plain"], Meta(description="plain: the text as it is")] = "mustache"
    template: Annotated[str, Meta(description="The text", extra_json_schema={"x-widget": "text"})] = ""
    output: Annotated[Literal["str", "json", "yaml"], Meta(description="How to read the outcome")] = "str"

    def begin(self) -> None:
        """Nothing is read before a msg comes: msg.template may bring the text."""
        self._parsed: tuple[str, Any] | None = None

    def receive(self, msg: Msg) -> None:
        """Fill the text in."""
        text = self.template
        if not text and "template" in msg:
            text = js.text(msg["template"])
        made = self._rendered(text, msg) if self.syntax == "mustache" else text
        value: Any = made
        if self.output == "json":
            try:
                value = parse_json(made)
            except RedError as error:
                raise RedError(str(error).removeprefix("SyntaxError: ")) from None
        elif self.output == "yaml":
            from flowengine_nodes.nodered.yaml import load

            value = load(made)
        if self.fieldType in ("flow", "global"):
            to_context(self, self.fieldType, self.field, value, msg)
        else:
            properties.put(msg, self.field or "payload", value)
        self.send(msg)
        self.finished(msg)

    def _rendered(self, text: str, msg: Msg) -> str:
        if self._parsed is None or self._parsed[0] != text:
            try:
                self._parsed = text, mustache.parse(text)
            except ValueError as error:
                raise RedError(str(error)) from None
        out: list[str] = []
        self._write(self._parsed[1], [msg], out, [0])
        return "".join(out)

    def _write(self, parts: Any, stack: list[Any], out: list[str], size: list[int]) -> None:
        for part in parts:
            if isinstance(part, str):
                text = part
            elif isinstance(part, mustache.Variable):
                value = self._looked_up(part.keys, stack)
                text = self._shown(value)
                if self.output == "json" and isinstance(value, str) and len(stack) == 1:
                    text = text.translate(_IN_JSON)
                if part.escaped:
                    text = mustache.escape(text)
            else:
                self._section(part, stack, out, size)
                continue
            size[0] += len(text)
            if size[0] > LARGEST:
                raise RedError(f"the text is longer than {LARGEST >> 20} MiB")
            out.append(text)

    def _section(self, part: mustache.Section, stack: list[Any], out: list[str], size: list[int]) -> None:
        value = self._looked_up(part.keys, stack)
        there = js.truthy(value) and value != []
        if part.inverted:
            if not there:
                self._write(part.parts, stack, out, size)
        elif there:
            for item in value if isinstance(value, list) else [value]:
                self._write(part.parts, stack if item is True else [*stack, item], out, size)

    def _shown(self, value: Any) -> str:
        return "" if value is None or value is MISSING else js.text(value)

    def _looked_up(self, keys: tuple[str, ...], stack: list[Any]) -> Any:
        if not keys or keys == (".",):
            return stack[-1]
        for level in reversed(stack):
            found = _walk(level, keys)
            if found is not MISSING:
                return found
        if keys[0] in ("flow", "global") and len(keys) > 1:
            head = ".".join(keys)
            return from_context(self, keys[0], head.partition(".")[2])
        if keys[0].startswith(("flow[", "global[")):
            return MISSING
        if keys[0] == "env" and len(keys) > 1:
            return self.variable(".".join(keys[1:]))
        return MISSING


_IN_JSON: Final = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\f": "\\f", "\b": "\\b"})
"""What Node-RED escapes where JSON is written, and not within a section; quotes become `&quot;`."""


def _walk(value: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        if value is None or value is MISSING:
            return MISSING
        value = properties.step(value, key)
    return value
