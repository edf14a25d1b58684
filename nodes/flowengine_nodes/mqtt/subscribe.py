"""Subscribes to topics of a broker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import field
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, Message, Refused, Source, State
from flowengine_nodes.mqtt.broker import Broker, QoS
from flowengine_nodes.mqtt.inbox import Inbox, WhenFull
from flowengine_nodes.mqtt.payloads import DECODERS, DataType
from flowengine_nodes.mqtt.recognition import Recognition
from flowengine_nodes.mqtt.repeats import Repeats
from flowengine_nodes.mqtt.routes import Wish
from flowengine_nodes.mqtt.settings import Level
from flowengine_nodes.mqtt.topics import check_filter, filter_of


class Subscribe(Source, type="mqtt/subscribe"):
    """Receive messages from an MQTT broker.

    In a topic `+` stands for one level and `#`, at the end, for all that follow: `plant/+/temperature`, `plant/#`.
    With `$share/group/plant/#` the broker deals the messages out among all who subscribe with the same group.

    Each message has the payload as `data_type` says, its topic, and the properties `qos` and `retain`; with MQTT 5 also
    `user_properties`, `content_type`, `response_topic`, `correlation_data` and `message_expiry` where the sender gave
    them. A payload that does not fit the data type leaves by the error port.

    At QoS 1 and 2 a message is acknowledged to the broker only when the flow has finished with it: after a crash or a
    cut the broker sends it again (if it keeps the session: see the connection). What the flow has already is recognised
    then and not brought twice. At QoS 0 nothing is ever sent again.

    Example: topic `plant/+/temperature`, QoS 1, data type json gives `{"payload": {"value": 21.5}, "topic":
    "plant/oven/temperature", "qos": 1, "retain": false}`.
    """

    connection: Annotated[Broker, Meta(description="The broker")]
    topic: Annotated[str, Meta(description="What to subscribe to; + and # are wildcards", min_length=1)]
    more_topics: Annotated[list[str], Meta(description="Further topics to subscribe to"), ADVANCED] = field(
        default_factory=list
    )
    qos: Annotated[
        QoS, Meta(title="QoS", description="0 at most once, 1 at least once, 2 exactly once; the sender's if lower")
    ] = 0
    data_type: Annotated[
        DataType, Meta(description="What the payload becomes; auto: text if it is text, else bytes")
    ] = "auto"
    no_local: Annotated[
        bool, Meta(description="Leave out what this connection published itself (MQTT 5)"), ADVANCED
    ] = False
    retain_as_published: Annotated[
        bool, Meta(description="Keep the retain flag as it was published (MQTT 5)"), ADVANCED
    ] = False
    retain_handling: Annotated[
        Literal["send", "new", "never"],
        Meta(
            description="Retained messages: send with each subscription, only with one that is new to the broker, or "
            "never (MQTT 5)"
        ),
        ADVANCED,
    ] = "send"
    max_waiting: Annotated[
        int,
        Meta(description="Messages at QoS 0 that may wait for the flow; QoS 1 and 2 have max_in_flight", ge=1),
        ADVANCED,
    ] = 1000
    when_full: Annotated[
        WhenFull,
        Meta(
            description="One at QoS 0 too many: block stops reading from the broker (while this connection awaits "
            "answers to what it published, which come by the same road, it drops the oldest instead)"
        ),
        ADVANCED,
    ] = "block"

    drop_repeated: Annotated[
        bool,
        Meta(
            description="Leave out what has come before by its user property delivery-key (MQTT 5): a flow that is "
            "delivered effectively once sends it"
        ),
        ADVANCED,
    ] = False
    recent: State[dict[int, int]] = {}
    keys: State[dict[str, int]] = {}

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say under which topics it finds what others publish."""
        topics = [options.get("topic", "#"), *options.get("more_topics", ())]
        return [("takes", f"connection/{filter_of(topic)}") for topic in topics]

    def __post_init__(self) -> None:
        self._filters = list(dict.fromkeys([self.topic, *self.more_topics]))
        if self.drop_repeated and self.connection.version != 5:
            raise ValueError("drop_repeated needs user properties: set the connection's protocol to 5")
        for filter in self._filters:
            check_filter(filter)
            if self.no_local and filter.startswith("$share/"):
                raise ValueError(f"no_local is not allowed with the shared subscription {filter}")
        self._inbox: Inbox | None = None
        self._refusals: dict[str, str] = {}
        self._unwatch: Callable[[], None] | None = None

    async def start(self) -> None:
        """Subscribe."""
        client = self.connection.client
        handling = ("send", "new", "never").index(self.retain_handling)
        self._inbox = Inbox(
            [
                Wish(
                    filter=filter,
                    qos=self.qos,
                    no_local=self.no_local,
                    retain_as_published=self.retain_as_published,
                    retain_handling=handling,
                )
                for filter in self._filters
            ],
            tap=client,
            decode=DECODERS[self.data_type],
            now=self.clock.now,
            fail=self.runtime.fail,
            on_subscribed=self._subscribed,
            recognition=Recognition(self.recent, client.heard),
            repeats=Repeats(self.keys) if self.drop_repeated else None,
            size=self.max_waiting,
            when_full=self.when_full,
        )
        self._unwatch = client.watch(self._connection_is)
        client.listen(self._inbox)

    async def stop(self) -> None:
        """Leave; what is not acknowledged is kept for whoever subscribes next, or for the broker to send again."""
        if self._unwatch is not None:
            self._unwatch()
        if self._inbox is not None:
            self.connection.client.leave(self._inbox, self._inbox.close())
            self._inbox = None

    async def run(self) -> AsyncIterator[Message | list[Message]]:
        """Yield what arrived together."""
        inbox = self._inbox
        assert inbox is not None
        dropped = 0
        while True:
            batch = await inbox.take()
            if inbox.dropped != dropped:
                self.drop(self.when_full, inbox.dropped - dropped)
                dropped = inbox.dropped
                self.status("warning", f"{dropped} messages dropped: the flow is too slow")
            yield batch

    def remembers(self) -> bool:
        """Say whether it has to know after a crash what came before; what it knows besides is no reason to store."""
        return self.drop_repeated

    def brings_again(self) -> bool:
        """Say whether the broker keeps what we have not acknowledged."""
        return self.qos > 0 and not self.connection.clean_start

    def taken(self, messages: list[Message]) -> None:
        """Note what the broker may send again."""
        if self._inbox is not None:
            self._inbox.taken(messages)

    def done(self, messages: list[Message]) -> None:
        """Acknowledge."""
        if self._inbox is not None:
            self._inbox.done(messages)

    def _connection_is(self, level: Level, text: str) -> None:
        if level != "ok":
            self.status(level, text)
        elif not self._refusals:
            self.status("ok", f"subscribed to {', '.join(self._filters)[:60]}")

    def _subscribed(self, filter: str, refusal: str) -> None:
        if not refusal:
            self._refusals.pop(filter, None)
            if not self._refusals:
                self.status("ok", f"subscribed to {', '.join(self._filters)[:60]}")
            return
        text = f"the broker refused the subscription to {filter[:80]}: {refusal}"
        if self._refusals.get(filter) != refusal:
            self._refusals[filter] = refusal
            self.runtime.fail(Refused(text), None)
        self.status("error", text)
