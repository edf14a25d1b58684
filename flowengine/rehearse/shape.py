"""What a test file may say. The JSON Schema of test files is made from these classes."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

Seconds = Annotated[float, Meta(ge=0, le=366 * 86400.0)]
"""Seconds from the start of the test."""
Place = Annotated[str, Meta(min_length=1, max_length=301)]
Properties = Annotated[dict[str, Any], Meta(description="Properties of the message by name: payload, topic, unit ...")]
Name = Annotated[str, Meta(min_length=1, max_length=200, description="Name of the test, a sentence about behaviour")]
PATH = Meta(description="Property path of the value that is looked at", min_length=1)
Text = Annotated[str, Meta(description="Anything a reader should know")]

MOST_MESSAGES = 10_000_000
"""One series may bring no more messages than this."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Feed(_Strict, frozen=True):
    """Messages that the test brings: one, or a series."""

    node: Annotated[Place, Meta(description="A source, or an input: node, node.port")]
    at: Annotated[Seconds, Meta(description="When the first one comes, s")] = 0.0
    payload: Annotated[Any, Meta(description="The payload")] = UNSET
    msg: Properties | UnsetType = UNSET
    every: Annotated[float, Meta(gt=0, description="Makes it a series: time between messages, s")] | UnsetType = UNSET
    values: Annotated[list[Any], Meta(min_length=1, description="Payloads, one after the other")] | UnsetType = UNSET
    ramp: (
        Annotated[list[float], Meta(min_length=2, max_length=2, description="First and last payload of an even ramp")]
        | UnsetType
    ) = UNSET
    count: Annotated[int, Meta(ge=1, le=MOST_MESSAGES, description="How many messages")] | UnsetType = UNSET
    until: Annotated[Seconds, Meta(description="No message later than this, s")] | UnsetType = UNSET


class Press(_Strict, frozen=True):
    """Someone presses a source's button."""

    node: Place
    at: Annotated[Seconds, Meta(description="When, s")] = 0.0


class Answer(_Strict, frozen=True):
    """What the outside world says to a node that talks to it."""

    payload: Annotated[Any, Meta(description="Payload of the answer")] = UNSET
    msg: Properties | UnsetType = UNSET
    error: Annotated[str, Meta(min_length=1, description="It fails with this text instead")] = ""
    kind: Annotated[Literal["Refused", "Retryable", "BadData"], Meta(description="How it fails")] = "Refused"
    after: Annotated[Seconds, Meta(description="How long it takes, s")] = 0.0
    times: Annotated[int, Meta(ge=1, description="For how many messages; the last answer stays")] = 1


class Disturbance(_Strict, frozen=True):
    """Something happens to a simulated process."""

    at: Annotated[Seconds, Meta(description="When, s")]
    load: Annotated[float, Meta(description="Added to its input from then on")] = 0.0
    shift: Annotated[float, Meta(description="Added to its output once")] = 0.0


class Plant(_Strict, frozen=True, kw_only=True):
    """A simulated process from an actuator back to a source: it closes the loop."""

    kind: Annotated[
        Literal["first-order", "integrating"],
        Meta(description="first-order settles (temperature, speed); integrating runs on (level, position)"),
    ] = "first-order"
    input: Annotated[Place, Meta(description="The actuator, or any input, whose messages drive it")]
    output: Annotated[Place, Meta(description="The source that reads it")]
    property: Annotated[str, PATH] = "payload"
    gain: Annotated[float, Meta(description="Change of the output per change of the input; integrating: per s")] = 1.0
    time_constant: Annotated[float, Meta(gt=0, description="first-order: time to 63 % of a step, s")] | UnsetType = (
        UNSET
    )
    dead_time: Annotated[Seconds, Meta(description="Time before a change of the input shows, s")] = 0.0
    start: Annotated[float, Meta(description="First output; without it the ambient value")] | UnsetType = UNSET
    ambient: Annotated[float, Meta(description="first-order: the output at input 0")] = 0.0
    every: Annotated[float, Meta(gt=0, description="Time between readings, s")] = 1.0
    msg: Properties | UnsetType = UNSET
    disturb: list[Disturbance] = []


class Bounds(_Strict, frozen=True):
    """How many."""

    min: Annotated[int, Meta(ge=0)] = 0
    max: Annotated[int, Meta(ge=0)] | UnsetType = UNSET


Count = Annotated[int, Meta(ge=0, description="Exactly so many; 0: must not come")] | Bounds


class Condition(_Strict, frozen=True):
    """Where a message must be, and what it must say."""

    node: Annotated[Place, Meta(description="The input it comes to: node, node.port")] | UnsetType = UNSET
    leaves: Annotated[Place, Meta(description="The output it leaves by: node, node.port")] | UnsetType = UNSET
    property: Annotated[str, PATH] = "payload"
    payload: Annotated[Any, Meta(description="The value is equal to this")] = UNSET
    near: Annotated[float, Meta(description="The value is a number within 'tolerance' of this")] | UnsetType = UNSET
    tolerance: Annotated[float, Meta(ge=0, description="For numbers in near, payload, payloads")] | UnsetType = UNSET
    range: (
        Annotated[
            list[float | None],
            Meta(min_length=2, max_length=2, description="The value is from ... to ...; null: no limit"),
        ]
        | UnsetType
    ) = UNSET
    matches: Annotated[Any, Meta(description="The value has at least what is stated here")] = UNSET
    msg: Annotated[dict[str, Any], Meta(description="The message has at least these properties")] | UnsetType = UNSET
    topic: Annotated[str, Meta(description="The topic is this")] | UnsetType = UNSET
    quality: Annotated[Literal["good", "uncertain", "bad"], Meta(description="The quality is this")] | UnsetType = UNSET
    note: Text = ""


class Timed(Condition, frozen=True):
    """A condition with its time."""

    at: Annotated[Seconds, Meta(description="At this time, to the millisecond, s")] | UnsetType = UNSET
    after: Annotated[Seconds, Meta(description="Not before, s")] | UnsetType = UNSET
    by: Annotated[Seconds, Meta(description="Not later, s")] | UnsetType = UNSET


class Expectation(Timed, frozen=True):
    """What must come, how often, when; or an order of such."""

    count: Count | UnsetType = UNSET
    all: Annotated[bool, Meta(description="Every message that comes in the time must be like this")] = False
    payloads: Annotated[list[Any], Meta(description="Exactly these values, in this order")] | UnsetType = UNSET
    order: Annotated[list[Timed], Meta(min_length=2, description="These, one after the other")] | UnsetType = UNSET


class Failure(_Strict, frozen=True):
    """Messages that are expected to fail."""

    node: Annotated[Place, Meta(description="The node where they fail")] | UnsetType = UNSET
    error: Annotated[str, Meta(description="A part of the error's text")] = ""
    kind: Annotated[str, Meta(description="BadData, Refused, Retryable or another error's name")] | UnsetType = UNSET
    count: Count | UnsetType = UNSET


class _Setting(_Strict, frozen=True):
    environment: Annotated[dict[str, str], Meta(description="Variables of the flow in this test")] = {}
    start: (
        Annotated[str, Meta(description="Date and time at which it begins, ISO 8601: 2026-03-29T00:30:00Z")] | UnsetType
    ) = UNSET
    duration: (
        Annotated[float, Meta(gt=0, le=366 * 86400.0, description="How long it lasts, s; else until 1 s after all")]
        | UnsetType
    ) = UNSET
    real: Annotated[list[Place], Meta(description="Nodes that run themselves instead of a stand-in")] = []
    feed: list[Feed] = []
    answers: Annotated[dict[Place, Answer | list[Answer]], Meta(description="What comes back, by node, in turn")] = {}
    plant: Plant | list[Plant] = []


class Common(_Setting, frozen=True):
    """What all tests of a file have in common. A test adds to it; its variables, answers and plants replace these."""


class Test(_Setting, frozen=True, kw_only=True):
    """One test."""

    __test__ = False  # not one of pytest's

    name: Name
    note: Text = ""
    skip: Annotated[str, Meta(description="Why it does not run now")] = ""
    press: list[Press] = []
    expect: list[Expectation] = []
    final: Annotated[list[Condition], Meta(description="What the last message of each place must say")] = []
    failures: (
        Annotated[int, Meta(ge=0, description="Messages that may fail")]
        | Annotated[list[Failure], Meta(description="Exactly these may fail")]
    ) = 0


class TestFileShape(_Strict, frozen=True, kw_only=True):
    """Tests of a flow of flowengine, in `x.test.json` beside `x.json`."""

    __test__ = False

    schema: Annotated[str, Meta(description="Where an editor finds the schema of this file")] = msgspec.field(
        name="$schema", default=""
    )
    version: Annotated[Literal[1], Meta(description="Version of the format")] = msgspec.field(name="flowengine-test")
    note: Text = ""
    common: Common = Common()
    tests: Annotated[list[Test], Meta(min_length=1, description="The tests, in the order they run")]


@cache
def schema() -> dict[str, object]:
    """Return the JSON Schema (2020-12) of test files."""
    from flowengine.options import DIALECT, type_schema

    return {"$schema": DIALECT, **type_schema(TestFileShape)}


def given(value: object) -> bool:
    """Say whether something was stated in the file."""
    return value is not UNSET
