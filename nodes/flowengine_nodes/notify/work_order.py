"""The actuator `notify/work-order`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from msgspec import Meta

from flowengine import Actuator, BadData, Message, Retry, State, unit
from flowengine_nodes.notify import filled
from flowengine_nodes.notify.service import Service, as_json, as_key

MOST_KEYS: Final = 1000
"""Keys remembered; of more the oldest is forgotten."""

_TEMPLATE: Final = """{
  "asset": "{{topic}}",
  "title": "{{topic}}: {{payload.why}}",
  "reported": "{{when}}",
  "source": "flowengine",
  "reference": "{{id}}"
}"""


class WorkOrder(Actuator, type="notify/work-order"):
    """Open a work order in a CMMS or ERP, or tell it anything else that it takes as JSON over HTTP.

    `body` is a template of JSON in the words of that system: `"{{payload.why}}"` puts a text in, escaped;
    `{{payload.value}}` without quotes a number.

    One cause is to give one order. Each request carries the header Idempotency-Key, the same whenever this order is
    sent again, also after a crash: a system that knows it opens one. And for `again_after` a second message with the
    same `key` is left out and counted, whether the system knows that header or not. While the system is away the flow
    waits.

    Example: key `{{topic}}`, again_after 168 h: one order a week for each machine.
    """

    retry: ClassVar[Retry] = Retry(attempts=0, delay=1.0, most=60.0)

    connection: Annotated[Service, Meta(description="The CMMS or ERP")]
    path: Annotated[str, Meta(description="Put behind the service's address; {{...}} is filled in")] = "/work-orders"
    method: Annotated[Literal["POST", "PUT", "PATCH"], Meta(description="How it is sent")] = "POST"
    body: Annotated[
        str,
        Meta(
            description="Template of the JSON that the system takes",
            extra_json_schema={"x-widget": "text", "x-language": "mustache"},
        ),
    ] = _TEMPLATE
    key: Annotated[str, Meta(description="What one order is about; {{...}} is filled in", min_length=1)] = "{{id}}"
    again_after: Annotated[
        float,
        Meta(description="Leave out further messages with the same key for so long", ge=0, extra_json_schema=unit("h")),
    ] = 0.0
    header: Annotated[str, Meta(description="Name of the header with the key", pattern="^[A-Za-z0-9-]+$")] = (
        "Idempotency-Key"
    )

    ordered: State[dict[str, float]] = {}

    def __post_init__(self) -> None:
        self._path, self._key = filled.path(self.path), filled.text(self.key)
        self._body = filled.json_text(self.body)

    @property
    def _span(self) -> float:
        return self.again_after * 3600

    async def write(self, msg: Message) -> None:
        """Open the order, unless there is one for the same key."""
        key = self._key(msg).strip()
        if not key:
            raise BadData(f"the key '{self.key:.60}' is empty for this message")
        since = self.ordered.get(key)
        if since is not None and 0 <= msg.time - since < self._span:
            self.drop("ordered-already", meant=True)
            return
        body = as_json(self._body(msg))
        named = as_key(f"{key}/{msg.id}" if self.again_after else key)
        await self.connection.send(self.method, self._path(msg), body, "application/json", {self.header: named})
        if self.again_after:
            self.ordered = _with(self.ordered, key, msg.time, self._span)


def _with(ordered: dict[str, float], key: str, time: float, span: float) -> dict[str, float]:
    kept = {name: since for name, since in ordered.items() if name != key and time - since < span}
    while len(kept) >= MOST_KEYS:
        kept.pop(next(iter(kept)))
    return {**kept, key: time}
