"""Node-RED's inject node."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from msgspec import Meta

from flowengine import Message
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedSource
from flowengine_nodes.nodered.message import MISSING, Msg, to_message
from flowengine_nodes.nodered.schedule import next_time
from flowengine_nodes.nodered.typed import evaluate


class Inject(RedSource, type="nodered/inject"):
    """Send a message by hand, at the start, at intervals, or at times of day.

    Each of `props` sets a property of the message: `p` its name, `v` the value, `vt` how to read it. Without them the
    payload and the topic below are sent.
    """

    red: ClassVar[str] = "inject"

    props: Annotated[list[dict[str, Any]], Meta(description="What to set: p, v, vt")] = []
    payload: Annotated[Any, Meta(description="The payload, where a property has no value of its own")] = ""
    payloadType: Annotated[str, Meta(description="How to read it")] = "date"
    topic: Annotated[str, Meta(description="The topic")] = ""
    repeat: Annotated[str | float, Meta(description="Seconds between messages; empty: no repeat")] = ""
    crontab: Annotated[str, Meta(description="Times of day, as cron writes them: minute hour day month weekday")] = ""
    once: Annotated[bool, Meta(description="Send a message when the flow starts")] = False
    onceDelay: Annotated[str | float, Meta(description="Seconds to wait before the first one")] = 0.1

    def begin(self) -> None:
        """Set the timers."""
        self._timer: Any = None
        repeat = js.number(self.repeat) if self.repeat not in ("", None) else 0
        self._every = repeat if repeat == repeat and repeat > 0 else 0
        if self.once:
            delay = js.number(self.onceDelay)
            self._timer = self.clock.call_later(max(0.0, delay if delay == delay else 0.1), self._first)
        else:
            self._plan()

    def _first(self) -> None:
        self.receive({})
        self._plan()

    def _plan(self) -> None:
        if self._every:
            self._timer = self.clock.call_later(self._every, self._again)
        elif self.crontab:
            try:
                wait = next_time(self.crontab, self.clock.now()) - self.clock.now()
            except RedError as error:
                self.error(str(error))
                return
            self._timer = self.clock.call_later(wait, self._again)

    def _again(self) -> None:
        self.receive({})
        self._plan()

    def end(self) -> None:
        """Forget the timers."""
        if self._timer is not None:
            self._timer.cancel()

    def _props(self) -> list[dict[str, Any]]:
        if self.props:
            made = []
            for prop in self.props:
                prop = dict(prop)
                if prop.get("p") == "payload" and "v" not in prop:
                    prop.update(v=self.payload, vt=self.payloadType)
                elif prop.get("p") == "topic" and prop.get("vt", "str") == "str" and "v" not in prop:
                    prop.update(v=self.topic, vt="str")
                made.append(prop)
            return made
        return [
            {"p": "payload", "v": self.payload, "vt": self.payloadType},
            {"p": "topic", "v": self.topic, "vt": "str"},
        ]

    def made(self, msg: Msg) -> tuple[Msg, list[str]]:
        """Return the msg with every property set, and what went wrong."""
        wrong: list[str] = []
        props = self._props()
        for prop in [p for p in props if p.get("vt") != "jsonata"] + [p for p in props if p.get("vt") == "jsonata"]:
            name, value, kind = prop.get("p"), prop.get("v", ""), prop.get("vt", "str")
            if not isinstance(name, str) or not name:
                continue
            try:
                if kind not in (
                    "msg",
                    "flow",
                    "global",
                    "env",
                    "str",
                    "num",
                    "bool",
                    "json",
                    "bin",
                    "date",
                    "jsonata",
                    "re",
                ):
                    kind = "str"
                if kind == "date" and value in ("none", None):
                    continue
                found = evaluate(self, value, kind, msg)
                if found is MISSING:
                    properties.put(msg, name, None, True)  # what lies on the way is made all the same
                properties.put(msg, name, found, True)
            except RedError as error:
                wrong.append(str(error))
        return msg, wrong

    def receive(self, msg: Msg) -> None:
        """Send a message."""
        given = msg.pop("__user_inject_props__", None)
        if isinstance(given, list):
            before, self.props = self.props, [each for each in given if isinstance(each, dict)]
            made, wrong = self.made(msg)
            self.props = before
        else:
            made, wrong = self.made(msg)
        if not made.get("_msgid"):
            made["_msgid"] = self.new_id()
        self._base = Message(time=self.clock.now())
        if wrong:
            self.error("; ".join(wrong), made)
            return
        self.send(made)
        self.finished(made)

    def new_id(self) -> str:
        """Return an id for a new msg."""
        import uuid

        return uuid.uuid4().hex[:16]

    def pressed(self) -> Message | None:
        """Return the message for someone who presses the button."""
        made, wrong = self.made({"_msgid": self.new_id()})
        if wrong:
            self.error("; ".join(wrong), made)
            return None
        return to_message(made, Message(time=self.clock.now()))
