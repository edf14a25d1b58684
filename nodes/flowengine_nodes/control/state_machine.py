"""The transform `control/state-machine`."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, State, unit
from flowengine_nodes.signal.readings import trusted
from flowengine_nodes.timing.timed import Lasting
from flowengine_nodes.values.convert import shown
from flowengine_nodes.values.expression_language import compile_expression, node_functions

_EXPRESSION = {"x-widget": "expression"}


class Condition(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One state."""

    name: Annotated[str, Meta(description="Name of the state", min_length=1, max_length=100)]
    value: Annotated[Any, Meta(description="What is sent when it begins; null: its name")] = None


class Transition(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A way from one state to another."""

    from_: Annotated[
        str, Meta(description="From this state; * means any other than the one it leads to", title="from")
    ] = msgspec.field(default="*", name="from")
    to: Annotated[str, Meta(description="To this state")]
    when: Annotated[
        str,
        Meta(
            description="A formula on the message, such as payload > 80; empty: only the time counts",
            max_length=2000,
            extra_json_schema=_EXPRESSION,
        ),
    ] = ""
    after: Annotated[
        Annotated[float, Meta(ge=0)] | None,
        Meta(description="After so long in the state; with a formula: not before", extra_json_schema=unit("s")),
    ] = None


class StateMachine(Lasting, type="control/state-machine"):
    """Be in one of several states, and go from one to another by messages and time: state machine (FSM).

    Each transition says from which state to which, and when: a formula on the message that comes (as in
    values/expression), a time after which it happens by itself, or both: then the formula counts only after that time.
    They are tried in their order, and the first that fits is taken; one message makes one transition. When a state
    begins its value leaves (or its name), with msg.state, msg.before and msg.because: the message or timeout.
    The initial state leaves with the first message.

    A bad message is looked at only by formulas that speak of `quality`. What a formula cannot compute is bad data, and
    no transition happens. Any message to `reset` leads to the initial state. The state, and the time that is left in
    it, are kept over a restart.

    Example: states empty, filling, full; from empty to filling when `payload < 20`; from filling to full when
    `payload > 90`; from filling to fault after 600.
    """

    inputs = (Port("in", "any", "What the formulas look at"), Port("reset", "any", "Back to the initial state"))
    outputs = (Port("out", "any", "Value of the state that begins"),)

    states: Annotated[list[Condition], Meta(description="The states, the initial one first", min_length=1)]
    transitions: Annotated[list[Transition], Meta(description="Ways between them, tried in this order", min_length=1)]
    topic: Annotated[str, Meta(description="Topic of what is sent; empty: that of the message"), ADVANCED] = ""
    now: State[str] = ""
    """The state; empty before the first message."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._values = {state.name: state.value for state in self.states}
        if len(self._values) < len(self.states):
            raise ValueError("a state is there twice: each name once")
        functions, self._ways = node_functions(self), []
        for number, way in enumerate(self.transitions, 1):
            for name in (way.from_, way.to):
                if name not in self._values and name != "*":
                    raise ValueError(f"transition {number}: there is no state {name!r}")
            if way.to == "*":
                raise ValueError(f"transition {number}: it must lead to one state")
            if not way.when and way.after is None:
                raise ValueError(f"transition {number}: give a formula (when), a time (after), or both")
            formula = compile_expression(way.when, functions) if way.when else None
            self._ways.append((way, formula))

    async def start(self) -> None:
        """Go on to wait in a state of before a restart."""
        if self.now not in self._values:
            self.now, self.running = "", []
        await super().start()
        if self.now:
            self.status("ok", self.now)
            self._arm()

    def process(self, msg: Message) -> Message | None:
        """Try the transitions."""
        self.latest = msg
        if not self.now:
            return self._enter(msg, self.states[0].name, "message")
        for way, formula in self._ways:
            if formula is None or not self._leaves(way) or self._left(way.after or 0.0) > 1e-6:
                continue
            if msg.quality == "bad" and "quality" not in formula.names:
                continue
            result = formula.evaluate(msg)
            if not isinstance(result, bool):
                raise BadData(f"the formula of a transition to {way.to} gives {shown(result)}; expected true or false")
            if result:
                return self._enter(msg, way.to, "message")
        return None

    def on_reset(self, msg: Message) -> Message:
        """Go to the initial state.

        Raises:
            BadData: the message is bad.
        """
        trusted(msg)
        return self._enter(msg, self.states[0].name, "reset")

    def over(self) -> None:
        """A time in this state is over."""
        for way, formula in self._ways:
            if formula is None and self._leaves(way) and way.after is not None and self._left(way.after) <= 1e-6:
                last = self.latest or Message()
                self.emit(self._enter(last.replace(time=self.clock.now(), quality="good"), way.to, "timeout"))
                return
        self._arm()

    def _leaves(self, way: Transition) -> bool:
        return way.from_ == self.now or (way.from_ == "*" and way.to != self.now)

    def _left(self, after: float) -> float:
        return after - self.lasted

    def _enter(self, msg: Message, name: str, because: str) -> Message:
        before, self.now = self.now, name
        self.begin()
        self.status("ok", name)
        self._arm()
        value = self._values[name]
        properties = {**msg.properties, "state": name, "before": before, "because": because}
        return msg.replace(
            payload=name if value is None else value, topic=self.topic or msg.topic, properties=properties
        )

    def _arm(self) -> None:
        self.cancel()
        times = [way.after for way, formula in self._ways if formula is None and self._leaves(way)]
        known = [after for after in times if after is not None]
        if known:
            self.wait(max(0.0, self._left(min(known))))
