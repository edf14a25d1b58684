"""The actuator `notify/webhook`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from flowengine import Actuator, BadData, Message, Retry
from flowengine_nodes.notify import filled
from flowengine_nodes.notify.service import Service, as_bytes, as_key
from flowengine_nodes.values.convert import shown

RETRY = Retry(attempts=10, delay=1.0, most=60.0)
"""About six minutes, then the message is a dead letter, from where it can be sent again."""


class Webhook(Actuator, type="notify/webhook"):
    """Send messages to a web service as they are, over HTTP.

    As `message` the body is JSON with payload, topic, time, quality and id; as `payload` it is the payload alone, texts
    and bytes as they are, the rest as JSON. `{{...}}` in the path puts a property of the message in.

    The header Idempotency-Key is the message's id: a service that knows it takes a message once, however often sent.
    While the service is away it is tried for some minutes; then, or when it refuses, the message is a dead letter.

    Example: path `/lines/{{topic}}/events`.
    """

    retry: ClassVar[Retry] = RETRY

    connection: Annotated[Service, Meta(description="The service")]
    path: Annotated[str, Meta(description="Put behind the service's address; {{...}} is filled in")] = ""
    method: Annotated[Literal["POST", "PUT"], Meta(description="How it is sent")] = "POST"
    body: Annotated[Literal["message", "payload"], Meta(description="Send the whole message, or its payload")] = (
        "message"
    )

    def __post_init__(self) -> None:
        self._path = filled.path(self.path)

    async def write(self, msg: Message) -> None:
        """Send the message."""
        body, kind = self._body(msg)
        await self.connection.send(self.method, self._path(msg), body, kind, {"Idempotency-Key": as_key(msg.id) or "-"})

    def _body(self, msg: Message) -> tuple[bytes, str]:
        payload = msg.payload
        if self.body == "payload" and isinstance(payload, bytes | bytearray):
            return bytes(payload), "application/octet-stream"
        if self.body == "payload" and isinstance(payload, str):
            return as_bytes(payload), "text/plain; charset=utf-8"
        value = payload
        if self.body == "message":
            value = {name: getattr(msg, name) for name in ("payload", "topic", "time", "quality", "id")}
        try:
            return msgspec.json.encode(value), "application/json"
        except (TypeError, ValueError, RecursionError) as error:
            raise BadData(f"{shown(payload)} cannot be sent as JSON: {error}") from None
