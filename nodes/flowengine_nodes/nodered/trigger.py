"""Node-RED's trigger node."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from flowengine import Message
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import Ports, RedError, RedTransform
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.typed import evaluate

UNITS: Final = {"ms": 0.001, "s": 1.0, "min": 60.0, "hr": 3600.0}
MOST_TOPICS: Final = 100_000


@dataclass
class _Run:
    msg: Msg
    base: Message
    latest: Msg
    timer: Any = None
    interval: float = 0
    second: Any = None
    """The payload of the msg that came first."""
    sent: Any = None
    """What is sent again and again."""


class Trigger(RedTransform, type="nodered/trigger"):
    """Send something when a message comes and something else later, wait to be reset, or send it again and again.

    Its options have Node-RED's names, and it does what Node-RED's trigger node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "trigger"

    op1: Annotated[Any, Meta(description="What to send first")] = "1"
    op1type: Annotated[str, Meta(description="How to read it; nul: nothing, pay: the message")] = "str"
    op2: Annotated[Any, Meta(description="What to send then")] = "0"
    op2type: Annotated[str, Meta(description="How to read it; nul: nothing, pay: the message, payl: the latest")] = (
        "str"
    )
    duration: Annotated[float | str, Meta(description="How long; 0: until reset; less than 0: again and again")] = 250
    units: Annotated[str, Meta(description="ms, s, min, hr")] = "ms"
    extend: Annotated[bool | str, Meta(description="A further message begins the time anew")] = False
    overrideDelay: Annotated[bool, Meta(description="msg.delay, in ms, sets the time")] = False
    reset: Annotated[str, Meta(description="A payload that resets it, beside msg.reset")] = ""
    bytopic: Annotated[str, Meta(description="all, or topic: each by itself")] = "all"
    topic: Annotated[str, Meta(description="The property that tells them apart")] = "topic"
    ports: Ports = 1

    def begin(self) -> None:
        """Nothing runs."""
        self._runs: dict[str, _Run] = {}
        duration = js.number(self.duration)
        self._loop = duration < 0
        self._wait = abs(duration) * UNITS.get(self.units, 0.001) if duration == duration else 0.25
        self._extend = self.extend in (True, "true")
        self._op1, self._op2 = self._ready(self.op1, self.op1type), self._ready(self.op2, self.op2type)

    def _ready(self, value: Any, kind: str) -> tuple[Any, str]:
        if kind == "val":
            number = js.number(value)
            if value in ("true", "false"):
                return value == "true", "fixed"
            if value == "null":
                return None, "fixed"
            return (number, "fixed") if number == number else (value, "str")
        return value, kind

    def receive(self, msg: Msg) -> None:
        """Begin, go on or reset."""
        topic = self._topic(msg)
        if "reset" in msg or (self.reset != "" and _matches(self.reset, msg.get("payload"))):
            self._reset(topic, msg)
            return
        run = self._runs.get(topic)
        if run is None:
            self._first(topic, msg)
            return
        run.latest = msg
        if self._loop:
            self._restart_loop(topic, run, msg)
        elif self._extend and self._wait > 0:
            run.timer.cancel()
            run.msg, run.base = msg, self._base
            run.timer = self.clock.call_later(self._duration(msg), lambda: self._second(topic))
        self.finished(msg)

    def _topic(self, msg: Msg) -> str:
        if self.bytopic == "all":
            return "_none"
        try:
            value = properties.get(msg, self.topic or "topic")
        except RedError:
            value = MISSING
        return js.text(value) if js.truthy(value) else "_none"

    def _duration(self, msg: Msg) -> float:
        if self.overrideDelay and "delay" in msg:
            given = js.parse_float(msg["delay"])
            if given == given:
                return max(0.0, given / 1000)
        return self._wait

    def _first(self, topic: str, msg: Msg) -> None:
        if len(self._runs) >= MOST_TOPICS:
            raise RedError(f"more than {MOST_TOPICS} topics")
        run = _Run(msg, self._base, msg)
        self._runs[topic] = run
        first = self._made(self._op1, msg)
        run.second = self._made(self._op2, msg) if self.op2type in ("pay", "payl") else None
        if self._loop:
            run.sent = first
            run.interval = self._duration(msg)
            run.timer = self.clock.call_later(run.interval, lambda: self._again(topic))
            self.send({**msg, "payload": first} if self.op1type != "pay" else dict(msg))
            self.finished(msg)
            return
        wait = self._duration(msg)
        if self.op1type != "nul":
            self.send(dict(msg) if self.op1type == "pay" else {**msg, "payload": first})
        if wait > 0:
            run.timer = self.clock.call_later(wait, lambda: self._second(topic))
            self.red_status({"fill": "blue", "shape": "dot", "text": " "})
        else:
            self.red_status({"fill": "blue", "shape": "dot", "text": " "})
        self.finished(msg)

    def _made(self, op: tuple[Any, str], msg: Msg) -> Any:
        value, kind = op
        if kind in ("pay", "payl"):
            return msg.get("payload", MISSING)
        if kind == "fixed":
            return value
        if kind == "nul":
            return None
        if kind == "date":
            return int(self.clock.now() * 1000)
        return evaluate(self, value, kind, msg)

    def _restart_loop(self, topic: str, run: _Run, msg: Msg) -> None:
        run.timer.cancel()
        first = self._made(self._op1, msg)
        run.msg, run.base, run.sent = msg, self._base, first
        run.interval = self._duration(msg)
        run.timer = self.clock.call_later(run.interval, lambda: self._again(topic))
        self.send({**msg, "payload": first} if self.op1type != "pay" else dict(msg))

    def _again(self, topic: str) -> None:
        run = self._runs.get(topic)
        if run is None:
            return
        run.timer = self.clock.call_later(run.interval, lambda: self._again(topic))
        self._base = run.base
        self.send({**run.msg, "payload": run.sent} if self.op1type != "pay" else dict(run.msg))

    def _second(self, topic: str) -> None:
        run = self._runs.pop(topic, None)
        if run is None:
            return
        self._base = run.base
        port = 1 if self.ports == 2 else 0
        if self.op2type != "nul":
            if self.op2type == "payl":
                self.send(dict(run.latest), port)
            else:
                try:
                    value = run.second if self.op2type == "pay" else self._made(self._op2, run.msg)
                except RedError as error:
                    self.error(str(error), run.msg)
                    return
                self.send({**run.msg, "payload": value}, port)
        if not self._runs:
            self.red_status({})

    def _reset(self, topic: str, msg: Msg) -> None:
        for name in list(self._runs) if self.bytopic == "all" else [topic]:
            run = self._runs.pop(name, None)
            if run is not None and run.timer is not None:
                run.timer.cancel()
        self.red_status({})
        self.finished(msg)

    def end(self) -> None:
        """Forget all timers."""
        for run in self._runs.values():
            if run.timer is not None:
                run.timer.cancel()
        self._runs.clear()


def _matches(text: str, payload: Any) -> bool:
    if isinstance(payload, dict | list | bytes | datetime.datetime) or payload is None:
        return False
    return js.text(payload) == text
