"""A guard over a small plant, for tests: what the envelope says, and words for what happens to it."""

from __future__ import annotations

from typing import Any

from flowengine.safety import acts
from flowengine.safety.condition import compile_condition
from flowengine.safety.guard import Guard
from flowengine.safety.model import Envelope, Output, ReadBack, Rule, Value
from flowengine.safety.verdict import Command, Event, Verdict

HEATER = Output(
    name="heater",
    address="tcp://oven/heater",
    writers=("oven-control/*",),
    group="oven",
    unit="%",
    low=0.0,
    high=100.0,
    rate=20.0,
    interval=0.5,
    clamp=True,
    max_age=5.0,
    permissives=(Rule(compile_condition("door == false"), "the door is shut"),),
    interlocks=(
        Rule(compile_condition("temperature > 240"), "too hot", latch=True),
        Rule(compile_condition("pressure > 5"), "pressure is high"),
    ),
    safe=0.0,
    watchdog=5.0,
    read_back=ReadBack("shown", 0.5, 2.0),
)
FAN = Output(name="fan", address="tcp://oven/fan", writers=("*/*",), group="oven", safe=None)
LAMP = Output(name="lamp", address="tcp://oven/lamp", writers=("*/*",), values=("red", "green"), safe="red")
VALVE = Output(name="valve", address="tcp://oven/valve", writers=("*/*",), low=-5.0, high=5.0, rate=2.0, interval=2.0)
STOP = Rule(compile_condition("button == true"), "the button at the oven")

ENVELOPE = Envelope(
    1,
    {output.name: output for output in (HEATER, FAN, LAMP, VALVE)},
    dict.fromkeys(("temperature", "pressure", "door", "button", "shown"), 3.0),
    (STOP,),
    ("fan", "heater", "lamp", "valve"),
)
GOOD: dict[str, Any] = {"temperature": 200.0, "pressure": 1.0, "door": False, "button": False, "shown": 0.0}


class Plant:
    """A guard, and a clock that moves when told."""

    def __init__(self, state: dict[str, Any] | None = None, envelope: Envelope = ENVELOPE) -> None:
        self.guard = Guard(envelope, state)
        self.now = 1000.0
        self.sense(**GOOD)

    def sense(self, **values: Any) -> None:
        """Let inputs say something good now."""
        for name, value in values.items():
            self.guard.sense(name, value, "good", self.now)

    def ask(self, output: str, value: Value, writer: str = "oven-control/pid", **fields: Any) -> Verdict:
        """Ask to write one output."""
        command = Command(self.guard.envelope.outputs[output].address, value, writer, **fields)
        return self.guard.decide([command], self.now)[0]

    def wait(self, seconds: float, **values: Any) -> None:
        """Let time pass; all inputs then say something new, as they were unless told otherwise."""
        self.now += seconds
        self.sense(**{**GOOD, **values})

    def scan(self) -> dict[str, Value]:
        """Look once and write what is to be safe; returns it."""
        found = self.guard.scan(self.now)
        for write in found:
            self.guard.made_safe(write.output, self.now)
        return {write.output: write.value for write in found}

    def events(self) -> list[tuple[str, str]]:
        """Return kind and output of all that has happened."""
        return [(event.kind, event.output) for event in self.told()]

    def told(self) -> list[Event]:
        """Return what people must hear of, beside the writes themselves (`test_write_log.py`)."""
        return [event for event in self.guard.take_events() if event.kind != "write"]


def armed() -> Plant:
    """Return a plant in which everything is armed."""
    plant = Plant()
    acts.arm(plant.guard, "", "anna", plant.now)
    plant.guard.take_events()
    return plant
