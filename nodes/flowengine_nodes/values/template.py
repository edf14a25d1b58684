"""Fill a text template."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Transform, type_of
from flowengine_nodes.values.convert import shown
from flowengine_nodes.values.mustache import Keys, Part, Renderer, descend, parse
from flowengine_nodes.values.properties import FIELDS, MISSING, writer

_JSON_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\f": "\\f", "\b": "\\b"})

_parse = lru_cache(maxsize=128)(parse)


class Template(Transform, type="values/template"):
    """Make a text from a template and the message.

    In goes any message; out comes the same one with the text in `property`. In mustache, `{{payload.name}}` puts a
    property in, with `& < > " ' / ` =` escaped for HTML; `{{{payload}}}` and `{{&payload}}` put it in as it is.
    `{{#list}}...{{/list}}` repeats its inside for each item (`{{.}}` is the item) or shows it if the value is there;
    `{{^list}}...{{/list}}` shows it if not; `{{! comment}}` and `{{=<% %>=}}` (other delimiters) print nothing.
    `{{env.NAME}}`, `{{flow.key}}` and `{{global.key}}` give variables and context values. What is not there is empty.

    If the template is empty, the message's own `template` property is used. With output json the text is parsed, and
    texts put in are escaped for JSON.

    Example: `Oven {{topic}}: {{payload}} {{unit}}`.
    """

    template: Annotated[
        str, Meta(description="The template", extra_json_schema={"x-widget": "text", "x-language": "mustache"})
    ] = "This is the payload: {{payload}} !"
    syntax: Annotated[Literal["mustache", "plain"], Meta(description="plain: the text is taken as it stands")] = (
        "mustache"
    )
    property: Annotated[str, Meta(description="Where the result goes: a path such as payload")] = "payload"
    property_type: Annotated[
        Literal["msg", "flow", "global"],
        Meta(description="Whether that is in the message or in a context"),
        type_of("property"),
    ] = "msg"
    output: Annotated[Literal["str", "json"], Meta(description="Leave the result a text, or parse it as JSON")] = "str"
    most_characters: Annotated[
        int,
        Meta(description="Length of the result at most, in characters; each repetition counts as one too", ge=1),
        ADVANCED,
    ] = 1_000_000

    def __post_init__(self) -> None:
        """Parse the template."""
        self._parts = self._parsed(self.template)
        self._write = writer(self.property)

    def remembers(self) -> bool:
        """Say whether the result goes to the flow's context."""
        return self.property_type == "flow"

    def process(self, msg: Message) -> Message:
        """Fill the template."""
        parts = self._parts
        if not self.template and "template" in msg.properties:
            parts = self._from_message(msg.properties["template"])
        text = Renderer(self._lookup(msg), self._prepared, self.most_characters + len(parts)).render(parts)
        value: Any = text
        if self.output == "json":
            try:
                value = msgspec.json.decode(text)
            except (msgspec.DecodeError, UnicodeEncodeError) as error:
                raise BadData(f"the template has given {shown(text)}, which is not JSON: {error}") from None
        if self.property_type == "msg":
            return self._write(msg, value)
        self.context(self.property_type).set(self.property, value)
        return msg

    def _parsed(self, template: str) -> tuple[Part, ...]:
        return (template,) if self.syntax == "plain" else _parse(template)

    def _from_message(self, template: Any) -> tuple[Part, ...]:
        try:
            return self._parsed(template) if isinstance(template, str) else ()
        except ValueError as error:
            raise BadData(f"the message's {error}") from None

    def _prepared(self, text: str) -> str:
        return text.translate(_JSON_ESCAPES) if self.output == "json" else text

    def _lookup(self, msg: Message) -> Any:
        def value(keys: Keys) -> Any:
            first, rest = keys[0], keys[1:]
            if first in FIELDS:
                return descend(getattr(msg, first), rest)
            if first in msg.properties:
                return descend(msg.properties[first], rest)
            if not rest:
                return MISSING
            if first == "env":
                found = self.runtime.environment(".".join(rest))
                return MISSING if found is None else found
            if first == "flow":
                return descend(self.context("flow").get(rest[0], MISSING), rest[1:])
            if first == "global":
                return descend(self.context("global").get(rest[0], MISSING), rest[1:])
            return MISSING

        return value
