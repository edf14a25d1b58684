"""The transform `timing/trigger`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, State, Transform, only_with, unit
from flowengine_nodes.timing import due
from flowengine_nodes.timing.delay import seconds_of

What = Literal["value", "message", "timestamp", "nothing"]


class _Run:
    """What has been set off: by which message, and when it ends."""

    __slots__ = ("due", "latest", "msg", "seconds", "timer")

    def __init__(self, msg: Message, seconds: float) -> None:
        self.msg = msg
        self.latest = msg
        self.seconds = seconds
        self.due = 0.0
        self.timer: asyncio.TimerHandle | None = None


class Trigger(Transform, type="timing/trigger"):
    """Send something at once and something else after a while, or again and again.

    The first message sets the trigger off: it sends `send` at once. Then, by `mode`:
    `wait`: after `duration` it sends `then` and is ready again; messages in between are ignored, or start the time
    anew (`extend`). `block`: it ignores everything until it is reset. `resend`: it sends again every `duration`, until
    it is reset; a new message replaces what is sent.

    A message with the property `reset`, or with the payload `reset_payload`, resets it: nothing more is sent. With
    `by` topic each topic has a trigger of its own; a reset without a topic resets all. A trigger that has been set
    off is kept over a restart, with the time it still had to run.

    Example: send value true, then value false, duration 10: a lamp that a button lights for ten seconds.
    """

    outputs = (Port("out"), Port("second", description="What is sent afterwards, if that has an output of its own"))

    send: Annotated[What, Meta(description="What to send first")] = "value"
    value: Annotated[
        Any, Meta(description="The payload sent first, when 'send' says value"), only_with(send="value")
    ] = 1
    mode: Annotated[Literal["wait", "block", "resend"], Meta(description="What happens then")] = "wait"
    duration: Annotated[
        float, Meta(description="How long to wait, or between two resends", ge=0.001, extra_json_schema=unit("s"))
    ] = 0.25
    extend: Annotated[bool, Meta(description="Every further message starts the time anew")] = False
    override: Annotated[bool, Meta(description="Let msg.delay replace the duration"), ADVANCED] = False
    override_unit: Annotated[Literal["s", "ms"], Meta(description="Unit of msg.delay"), only_with(override=True)] = "s"
    then: Annotated[
        Literal["value", "message", "latest", "timestamp", "nothing"],
        Meta(description="What to send afterwards: message is the one that set it off, latest the last one seen"),
        only_with(mode="wait"),
    ] = "value"
    then_value: Annotated[
        Any,
        Meta(description="The payload sent afterwards, when 'then' says value"),
        only_with(mode="wait", then="value"),
    ] = 0
    second_output: Annotated[bool, Meta(description="Send it by the second output"), ADVANCED] = False
    reset_payload: Annotated[
        Any, Meta(description="A payload that resets, besides msg.reset; null: none"), ADVANCED
    ] = None
    by: Annotated[
        Literal["all", "topic"], Meta(description="One trigger for all messages or one per topic"), ADVANCED
    ] = "all"
    topics: Annotated[
        int, Meta(description="With by topic: topics set off at the same time at most", ge=1), only_with(by="topic")
    ] = 1000
    running: State[dict[str, Any]] = {}

    def __post_init__(self) -> None:
        self._runs: dict[str, _Run] = {}
        self._second = "second" if self.second_output else "out"

    async def start(self) -> None:
        """Take up what had been set off before a restart."""
        for key, kept in self.running.items():
            msg, latest, seconds, when = kept
            run = self._runs[key] = _Run(msgspec.convert(msg, Message), seconds)
            run.latest = msgspec.convert(latest, Message)
            if self.mode != "block":
                self._arm(key, run, due.left(self.clock, when))
        self.running = {}

    async def stop(self) -> None:
        """Stop the timers."""
        for run in self._runs.values():
            if run.timer is not None:
                run.timer.cancel()

    def process(self, msg: Message) -> Message | None:
        """Set it off, extend it, reset it, or ignore the message."""
        key = msg.topic if self.by == "topic" else ""
        if "reset" in msg.properties or (self.reset_payload is not None and _same(msg.payload, self.reset_payload)):
            self._reset(key)
            return None
        run = self._runs.get(key)
        if run is None:
            return self._set_off(key, msg)
        run.latest = msg
        if self.mode == "resend":
            self._runs.pop(key)
            self._cancel(run)
            return self._set_off(key, msg)
        if self.mode == "wait" and self.extend:
            run.seconds = self._seconds(msg)
            # The timer stays as it is and is set again when it goes off: an extension costs no timer.
            run.due = self.clock.monotonic() + run.seconds
            if run.timer is not None and run.timer.when() > asyncio.get_running_loop().time() + run.seconds:
                self._arm(key, run, run.seconds)
        return None

    def state(self) -> dict[str, Any]:
        """Return what has been set off, and when each is due."""
        if not self._runs:
            return {"running": self.running}
        return {
            "running": {
                key: [run.msg, run.latest, run.seconds, due.kept(self.clock, run.due)]
                for key, run in self._runs.items()
            }
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what had been set off; `start` sets it going."""
        self.running = dict(state.get("running", {}))

    def _set_off(self, key: str, msg: Message) -> Message | None:
        if len(self._runs) >= self.topics:
            raise BadData(f"topic '{key:.80}' would be one more than {self.topics} set off at the same time")
        run = self._runs[key] = _Run(msg, self._seconds(msg))
        if self.mode != "block":
            self._arm(key, run, run.seconds)
        return self._made(self.send, self.value, msg)

    def _arm(self, key: str, run: _Run, seconds: float) -> None:
        self._cancel(run)
        run.due = self.clock.monotonic() + seconds
        run.timer = self.clock.call_later(seconds, partial(self._due, key, run))

    def _due(self, key: str, run: _Run) -> None:
        left = run.due - self.clock.monotonic()
        if left > 1e-6:
            self._arm(key, run, left)
            return
        if self.mode == "resend":
            self._arm(key, run, run.seconds)
            again = self._made(self.send, self.value, run.msg)
            if again is not None:
                self.emit(again)
            return
        del self._runs[key]
        source = run.latest if self.then == "latest" else run.msg
        second = self._made("message" if self.then == "latest" else self.then, self.then_value, source)
        if second is not None:
            self.emit(second, self._second)

    def _made(self, what: What, value: Any, msg: Message) -> Message | None:
        if what == "nothing":
            return None
        if what == "message":
            return msg
        return msg.with_payload(self.clock.now() if what == "timestamp" else value)

    def _reset(self, key: str) -> None:
        for name in [key] if key else list(self._runs):
            run = self._runs.pop(name, None)
            if run is not None:
                self._cancel(run)

    def _cancel(self, run: _Run) -> None:
        if run.timer is not None:
            run.timer.cancel()
            run.timer = None

    def _seconds(self, msg: Message) -> float:
        wanted = msg.properties.get("delay") if self.override else None
        return self.duration if wanted is None else seconds_of(wanted, "delay", self.override_unit)


def _same(payload: Any, wanted: Any) -> bool:
    """Compare as a form would: the text `stop` or `0` also matches a payload that reads the same."""
    return bool(payload == wanted and type(payload) is type(wanted)) or (
        isinstance(wanted, str) and str(payload) == wanted
    )
