"""Node-RED's mqtt in node where messages say what it subscribes to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from flowengine_nodes.mqtt.broker import Broker
from flowengine_nodes.mqtt.subscribe import Subscribe
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedAsync, RedError
from flowengine_nodes.nodered.message import Msg
from flowengine_nodes.nodered.mqtt import ConnectionShown, read_message

MOST: Final = 1000
"""Topics that one node subscribes to at most."""


class MqttSubscriber(ConnectionShown, RedAsync, type="nodered/mqtt-subscriber"):
    """Subscribe to topics of an MQTT broker as messages say, and send on what comes.

    `msg.action`: subscribe, unsubscribe (`msg.topic`: a topic, an object with topic, qos, nl, rap and rh, or a list of
    them; unsubscribe with true: all), or getSubscriptions. It does what Node-RED's mqtt in node does when its topics
    are dynamic. The connection is the broker's: connect and disconnect are not there.
    """

    red: ClassVar[str] = "mqtt in"
    concurrency: ClassVar[int] = 1

    broker: Annotated[Broker, Meta(description="The broker")]
    datatype: Annotated[str, Meta(description="auto, auto-detect, utf8, buffer, base64 or json")] = "auto-detect"

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that it may find whatever others publish."""
        return [*super().meets(options), ("takes", "connection/#")]

    def begin(self) -> None:
        """Subscribe to nothing yet."""
        self._subscribed: dict[str, tuple[Subscribe, asyncio.Task[None], dict[str, Any]]] = {}
        self._unwatch = self.broker.client.watch(self.connection_is)

    async def stop(self) -> None:
        """Leave."""
        self._unwatch()
        for topic in list(self._subscribed):
            await self._leave(topic)
        await super().stop()

    async def handle(self, msg: Msg) -> None:
        """Do what a message says."""
        action = msg.get("action")
        if action == "getSubscriptions":
            listed = [dict(about) for _, _, about in self._subscribed.values()]
            self.send({**msg, "topic": "subscriptions", "payload": listed})
        elif action == "subscribe":
            for wanted in self._topics(msg.get("topic")):
                await self._join(wanted)
        elif action == "unsubscribe":
            given = msg.get("topic")
            for topic in list(self._subscribed) if given is True else [each["topic"] for each in self._topics(given)]:
                await self._leave(topic)
        else:
            raise RedError(f"the action must be subscribe, unsubscribe or getSubscriptions, not {action!r:.40}")
        self.finished(msg)

    def _topics(self, value: Any) -> list[dict[str, Any]]:
        found = []
        for each in value if isinstance(value, list) else [value]:
            wanted = {"topic": each} if isinstance(each, str) else each
            if not isinstance(wanted, dict) or not isinstance(wanted.get("topic"), str) or not wanted["topic"]:
                raise RedError("no topic specified")
            found.append(wanted)
        return found

    async def _join(self, wanted: dict[str, Any]) -> None:
        topic = wanted["topic"]
        await self._leave(topic)
        if len(self._subscribed) >= MOST:
            raise RedError(f"more than {MOST} topics")
        qos, rule = (
            int(js.number(wanted.get(key, 0))) if wanted.get(key, 0) in (0, 1, 2) else 0 for key in ("qos", "rh")
        )
        try:
            options: dict[str, Any] = {"qos": qos, "retain_handling": ("send", "new", "never")[rule]}
            inner = Subscribe(
                connection=self.broker,
                topic=topic,
                data_type="bytes",
                no_local=wanted.get("nl") is True,
                retain_as_published=wanted.get("rap") is True,
                **options,
            )
        except ValueError as error:
            raise RedError(str(error)) from None
        inner._host = self._host  # type: ignore[misc]
        await inner.start()
        about = {key: wanted.get(key, otherwise) for key, otherwise in (("topic", topic), ("qos", qos))}
        self._subscribed[topic] = (inner, asyncio.create_task(self._read(inner)), about)

    async def _leave(self, topic: str) -> None:
        inner, task, _ = self._subscribed.pop(topic, (None, None, None))
        if inner is not None and task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await inner.stop()

    async def _read(self, inner: Subscribe) -> None:
        async for batch in inner.run():
            messages = batch if isinstance(batch, list) else [batch]
            for message in messages:
                try:
                    self.send(read_message(message, self.datatype))
                except RedError as error:
                    self.error(
                        str(error), {"topic": message.topic, "payload": message.payload.decode(errors="replace")}
                    )
            inner.taken(messages)
            inner.done(messages)
