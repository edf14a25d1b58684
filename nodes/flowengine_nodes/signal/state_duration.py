"""The transform `signal/state-duration`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, Message, Port, Routed, State
from flowengine_nodes.signal.readings import PerTopic, elapsed, trusted
from flowengine_nodes.timing.held import message_of
from flowengine_nodes.values.convert import as_text


class StateDuration(PerTopic, type="signal/state-duration"):
    """Say how long a signal has been in each state: running hours; idle, fault; open, closed; any value or word.

    When the state changes, the one that has ended leaves by `out`, with state, seconds, begin, end, next and count,
    count being how often it has been there. The port `totals` sends the seconds of each state so far, the one that
    lasts included, with each change or each reading. The times are those of the readings. Any message to `reset`
    sends the totals by `totals`, once more, and begins them anew; the state that lasts goes on.

    While readings are bad the state is not known: the time counts for the state `unknown`, after the last good
    reading. Each topic is a signal of its own, with totals of its own; what is more than `most_states`
    counts as `other`. A reading older than the last one is refused as late; after a clock set back by over a minute the
    time goes on from there. All is kept over restarts.

    Example: behind the state of a press: how long each stop lasted, and running hours of the shift.
    """

    inputs = (Port("in", "any", "The state"), Port("reset", "any", "Send the totals and begin them anew"))
    outputs = (
        Port("out", "object", "The state that has ended"),
        Port("totals", "object", "State -> seconds in it so far"),
    )

    totals: Annotated[
        Literal["change", "reading", "never"], Meta(description="When to send totals: with each change, each reading")
    ] = "change"
    unknown: Annotated[str, Meta(description="Name of the state while readings are bad", min_length=1), ADVANCED] = (
        "unknown"
    )
    most_states: Annotated[int, Meta(description="States counted at most", ge=2), ADVANCED] = 100
    newest: State[dict[str, Message]] = {}
    """Topic -> its newest reading, for the totals that a reset sends."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned."""
        super().restore(state)
        self.newest = {topic: message_of(msg) for topic, msg in self.newest.items()}

    def process(self, msg: Message) -> list[Message | Routed]:
        """Count the time since the last reading."""
        name = self.unknown if msg.quality == "bad" else as_text(msg.payload)
        memory = self.memory.get(msg.topic)
        if memory is None:
            self.remember(msg.topic, {"state": name, "begin": msg.time, "time": msg.time, "totals": {}, "counts": {}})
            self.newest[msg.topic] = msg
            self._count(self.memory[msg.topic], name)
            return []
        self._pass(memory, msg.time)
        self.newest[msg.topic] = msg
        sent: list[Message | Routed] = []
        changed = name != memory["state"]
        if changed:
            sent.append(self._ended(memory, msg, name))
            memory["state"], memory["begin"] = name, msg.time
            self._count(memory, name)
        if self.totals == "reading" or (changed and self.totals == "change"):
            sent.append(self._totals(memory, msg))
        return sent

    def on_reset(self, msg: Message) -> list[Routed]:
        """Send the totals of the message's topic, or of all without one, and begin them anew.

        Raises:
            BadData: the message is bad.
        """
        trusted(msg)
        sent = []
        for topic in [msg.topic] if msg.topic in self.memory else list(self.memory):
            memory = self.memory[topic]
            sent.append(self._totals(memory, self.newest[topic]))
            memory["totals"], memory["counts"] = {}, {}
            self._count(memory, memory["state"])
        return sent

    def _pass(self, memory: dict[str, Any], time: float) -> None:
        seconds = elapsed(memory["time"], time)
        if seconds is None:
            memory["begin"] += time - memory["time"]
        else:
            name = self._counted(memory, memory["state"])
            memory["totals"][name] = memory["totals"].get(name, 0.0) + seconds
        memory["time"] = time

    def _count(self, memory: dict[str, Any], state: str) -> None:
        name = self._counted(memory, state)
        memory["counts"][name] = memory["counts"].get(name, 0) + 1
        memory["totals"].setdefault(name, 0.0)

    def _counted(self, memory: dict[str, Any], state: str) -> str:
        totals = memory["totals"]
        return state if state in totals or len(totals) < self.most_states - 1 else "other"

    def _ended(self, memory: dict[str, Any], msg: Message, following: str) -> Message:
        state, begin = memory["state"], memory["begin"]
        return msg.replace(
            payload={
                "state": state,
                "seconds": msg.time - begin,
                "begin": begin,
                "end": msg.time,
                "next": following,
                "count": memory["counts"].get(self._counted(memory, state), 0),
            },
            quality="uncertain" if self.unknown in (state, following) else msg.quality,
        )

    def _totals(self, memory: dict[str, Any], msg: Message) -> Routed:
        quality: Any = "uncertain" if memory["totals"].get(self.unknown) else "good"
        return msg.replace(payload=dict(memory["totals"]), quality=quality).to("totals")
