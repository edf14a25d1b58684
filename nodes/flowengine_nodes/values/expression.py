"""Compute a property from an expression."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from flowengine import Inline, Message, Transform
from flowengine_nodes.values.expression_language import INLINE_NAMES, compile_expression, node_functions
from flowengine_nodes.values.properties import topic_text, writer


class Expression(Transform, type="values/expression"):
    """Compute a value from the message with a formula.

    In goes any message; out comes the same message with the result in `property`. The formula may use `payload`,
    `topic`, `time` (seconds since 1970), `quality`, `id`, any property as `msg.unit`, fields of objects as
    `payload.motor.temps[0]` (null where nothing is), numbers, texts, lists, objects, `+ - * / // % **`,
    comparisons, `and`, `or`, `not`, `in`, `a if condition else b`, and functions: abs min max mean sum round floor
    ceil sqrt exp log sin cos clamp bit number text fixed len lower upper split join replace default iso now env
    flow_context global_context and more. It is safe: it can reach nothing else, and it always ends.

    Bad data: a calculation that has no value, such as adding a text to a number or dividing by zero.

    Example: `round((payload - 32) / 1.8, 1) if msg.unit == "degF" else payload`.
    """

    expression: Annotated[
        str,
        Meta(
            description="The formula, such as payload * 1.8 + 32",
            min_length=1,
            max_length=2000,
            extra_json_schema={"x-widget": "expression"},
        ),
    ]
    property: Annotated[str, Meta(description="Where the result goes: a path such as payload or payload.mean")] = (
        "payload"
    )

    def __post_init__(self) -> None:
        """Compile the expression."""
        self._expression = compile_expression(self.expression, node_functions(self))
        self._evaluate = self._expression.evaluate
        self._write = writer(self.property)

    def process(self, msg: Message) -> Message:
        """Compute the value."""
        return self._write(msg, self._evaluate(msg))

    def inline(self) -> Inline | None:
        """Return the compiled expression."""
        python, names = self._expression.python, self._expression.helpers
        if not self._expression.names <= INLINE_NAMES:
            return None
        if self.property == "payload":
            return Inline(payload=python, names=names)
        if self.property == "topic":
            return Inline(topic=f"as_topic({python})", names={**names, "as_topic": topic_text})
        return None
