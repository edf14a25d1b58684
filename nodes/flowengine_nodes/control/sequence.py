"""The transform `control/sequence`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Routed, State, unit
from flowengine_nodes.signal.readings import trusted
from flowengine_nodes.timing.timed import Lasting
from flowengine_nodes.values.convert import shown
from flowengine_nodes.values.expression_language import compile_expression, node_functions

COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "start": (("idle",), "running"),
    "hold": (("running",), "held"),
    "restart": (("held",), "running"),
    "stop": (("running", "held"), "stopped"),
    "abort": (("running", "held", "stopped", "complete", "idle"), "aborted"),
    "reset": (("complete", "stopped", "aborted"), "idle"),
}
"""Command -> the states in which it is allowed, and the state that it leads to (ISA-88.00.01-2010, section 6.5)."""


class Step(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One step: what it sends, and when it is over."""

    name: Annotated[str, Meta(description="Name of the step", min_length=1, max_length=100)]
    value: Annotated[Any, Meta(description="What is sent when it begins: any JSON value, such as a setpoint")] = None
    until: Annotated[
        str,
        Meta(
            description="Formula on the messages that come: over when it is true; empty: only the time counts",
            max_length=2000,
            extra_json_schema={"x-widget": "expression"},
        ),
    ] = ""
    at_least: Annotated[float, Meta(description="It lasts at least so long", ge=0, extra_json_schema=unit("s"))] = 0.0
    at_most: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Not over after so long: held or aborted; empty: no limit", extra_json_schema=unit("s")),
    ] = None


class Sequence(Lasting, type="control/sequence"):
    """Carry out steps one after the other, with hold, restart, stop and abort: a phase or operation after ISA-88.

    The words start, hold, restart, stop, abort and reset come to the port `command`. When a step begins its value
    leaves by `out`, with msg.step. It is over when its formula on the messages at `in` is true (as in
    values/expression) and it has lasted `at_least` so long; without a formula after that time. One that is not over
    after `at_most` is a fault: the sequence is held, or aborted (`on_timeout`).

    The state leaves by `state` when it changes: idle, running, held, complete, stopped or aborted, with msg.step and
    msg.reason. `on_hold`, `on_stop`, `on_abort` and `on_complete` leave by `out` at these moments: say there what is
    safe. After restart the step's value leaves again, and the time of the step goes on. A command that does not fit the
    state is refused.

    A bad message is looked at only by formulas that speak of `quality`; with `on_bad` it holds or aborts. All is kept
    over a restart of the flow; what ran goes on, or is held (`after_restart`).

    Example: fill (value 1 until `payload >= 500`), heat (value 80 until `payload >= 80`, at_most 1800), soak
    (at_least 600), drain.
    """

    inputs = (Port("in", "any", "What the formulas look at"), Port("command", "text", "start, hold, restart ..."))
    outputs = (Port("out", "any", "The value of a step"), Port("state", "text", "The state, when it changes"))

    steps: Annotated[list[Step], Meta(description="The steps in their order", min_length=1, max_length=1000)]
    on_timeout: Annotated[Literal["hold", "abort"], Meta(description="A step lasts too long")] = "hold"
    on_bad: Annotated[Literal["ignore", "hold", "abort"], Meta(description="A bad message comes while running")] = (
        "ignore"
    )
    on_hold: Annotated[Any, Meta(description="What is sent when it is held; null: nothing")] = None
    on_stop: Annotated[Any, Meta(description="What is sent when it is stopped; null: nothing")] = None
    on_abort: Annotated[Any, Meta(description="What is sent when it is aborted; null: nothing")] = None
    on_complete: Annotated[Any, Meta(description="What is sent at the end; null: nothing")] = None
    after_restart: Annotated[
        Literal["go", "hold"], Meta(description="After a restart of the flow: go on, or be held"), ADVANCED
    ] = "hold"
    mode: State[str] = "idle"
    step: State[int] = 0
    passed: State[float] = 0.0
    """Seconds that the step had lasted when it was held; `lasted` counts since then."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._interrupted = False
        functions, self._formulas = node_functions(self), []
        for step in self.steps:
            if not step.until and step.at_most is not None:
                raise ValueError(f"step {step.name}: at_most needs a formula; without, it ends after at_least")
            if step.at_most is not None and step.at_most <= step.at_least:
                raise ValueError(f"step {step.name}: at_most must be more than at_least")
            self._formulas.append(compile_expression(step.until, functions) if step.until else None)

    async def start(self) -> None:
        """Go on, or hold, what ran before a restart."""
        if self.mode == "running" and (self.step >= len(self.steps) or self.after_restart == "hold"):
            self.running = [0.0, 0.0, 0.0]  # at once, when all nodes have started
            self.lasts = [self.clock.now(), *self.lasts[1:]] if self.lasts else []  # the standstill does not count
            self._interrupted = True
        self.step = min(self.step, len(self.steps) - 1)
        await super().start()
        if self.mode == "running" and not self._interrupted:
            self._arm()
        self._show()

    def process(self, msg: Message) -> list[Routed] | None:
        """See whether the step is over."""
        self.latest = msg
        if self.mode != "running":
            return None
        formula = self._formulas[self.step]
        if msg.quality == "bad":
            if self.on_bad != "ignore":
                return self._turn("held" if self.on_bad == "hold" else "aborted", msg, "a bad message came")
            if formula is None or "quality" not in formula.names:
                return None
        if formula is None or self._lasted() < self.steps[self.step].at_least - 1e-6:
            return None
        result = formula.evaluate(msg)
        if not isinstance(result, bool):
            name = self.steps[self.step].name
            raise BadData(f"the formula of step {name} gives {shown(result)}; expected true or false")
        return self._next(msg) if result else None

    def on_command(self, msg: Message) -> list[Routed]:
        """Take a command.

        Raises:
            BadData: it is not known, of bad quality, or not allowed in this state.
        """
        command = trusted(msg)
        if not isinstance(command, str) or command not in COMMANDS:
            raise BadData(f"{shown(command)} is no command; expected {', '.join(COMMANDS)}")
        allowed, mode = COMMANDS[command]
        if self.mode not in allowed:
            raise BadData(f"cannot {command} while {self.mode}; it has to be {' or '.join(allowed)}")
        if command == "start":
            self.step, self.passed = 0, 0.0
        return self._turn(mode, msg, command)

    def over(self) -> None:
        """The step has lasted at least, or at most, so long."""
        step, msg = self.steps[self.step], self._base()
        if self._interrupted:
            self._interrupted = False
            sent = self._turn("held", msg, "the flow was started anew")
        elif self._formulas[self.step] is None:
            sent = self._next(msg)
        elif step.at_most is not None and self._lasted() >= step.at_most - 1e-6:
            mode = "held" if self.on_timeout == "hold" else "aborted"
            sent = self._turn(mode, msg, f"step {step.name} lasts longer than {step.at_most:g} s")
        else:
            self._arm()
            return
        for routed in sent:
            self.emit(routed.msg, routed.port)

    def _turn(self, mode: str, msg: Message, reason: str) -> list[Routed]:
        if self.mode == "running" and mode != "running":
            self.passed = self._lasted()
        self.mode = mode
        self.cancel()
        sent = [self._said(msg, reason)]
        if mode == "running":
            sent += self._begin(msg)
        else:
            value = {"held": self.on_hold, "stopped": self.on_stop, "aborted": self.on_abort}.get(mode)
            value = self.on_complete if mode == "complete" else value
            if value is not None:
                sent.append(self._out(msg, value))
        self._show()
        return sent

    def _begin(self, msg: Message) -> list[Routed]:
        self.begin()
        self._arm()
        value = self.steps[self.step].value
        return [] if value is None else [self._out(msg, value)]

    def _next(self, msg: Message) -> list[Routed]:
        self.passed = 0.0
        if self.step + 1 == len(self.steps):
            return self._turn("complete", msg, "all steps are done")
        self.step += 1
        sent = self._begin(msg)
        self._show()
        return sent

    def _arm(self) -> None:
        self.cancel()
        step = self.steps[self.step]
        length = step.at_least if self._formulas[self.step] is None else step.at_most
        if length is not None:
            self.wait(max(0.0, length - self._lasted()))

    def _lasted(self) -> float:
        return self.passed + self.lasted

    def _base(self) -> Message:
        return (self.latest or Message()).replace(time=self.clock.now(), quality="good")

    def _out(self, msg: Message, value: Any) -> Routed:
        name = self.steps[self.step].name
        return msg.replace(payload=value, quality="good", properties={**msg.properties, "step": name}).to("out")

    def _said(self, msg: Message, reason: str) -> Routed:
        properties = {**msg.properties, "step": self.steps[self.step].name, "reason": reason}
        return msg.replace(payload=self.mode, quality="good", properties=properties).to("state")

    def _show(self) -> None:
        level: Literal["ok", "busy", "warning", "error"] = (
            "busy" if self.mode == "running" else "error" if self.mode == "aborted" else "ok"
        )
        if self.mode == "held":
            level = "warning"
        active = self.mode in ("running", "held")
        self.status(level, f"{self.mode}: {self.steps[self.step].name}" if active else self.mode)
