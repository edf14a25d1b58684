"""What `envelope.json` may say, declared once: msgspec takes a sound file, the JSON Schema judges a broken one."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from flowengine.flow.shape import Connections, Name, Note, SchemaUrl, Version
from flowengine.options import DIALECT, type_schema
from flowengine.safety.model import MODES, Mode

Seconds = Meta(extra_json_schema={"x-unit": "s"})
Text = Annotated[str, Meta(min_length=1, max_length=500)]
When = Annotated[str, Meta(min_length=1, max_length=500, description="Such as temperature < 230 and door == false")]
Writer = Annotated[str, Meta(min_length=3, max_length=201, pattern=r"^[^/\s]+/[^\s]+$(?!\n)")]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class PermissiveShape(_Strict, frozen=True, kw_only=True):
    """What must be so."""

    when: When
    text: Annotated[Text, Meta(description="What it means, for a person")]


class InterlockShape(_Strict, frozen=True, kw_only=True):
    """What makes an output safe while it is so."""

    when: When
    text: Annotated[Text, Meta(description="What it means, for a person")]
    latch: Annotated[bool, Meta(description="Trip: stay safe until a person resets it")] = False


class InputShape(_Strict, frozen=True, kw_only=True):
    """A reading that conditions look at. The guard takes it itself, by a source node that OT chooses."""

    type: Annotated[str, Meta(description="A source, such as modbus/read")]
    options: dict[str, Any] = {}
    max_age: Annotated[
        float, Meta(gt=0, le=86400, description="Seconds after which a value is no longer believed"), Seconds
    ] = 5.0
    note: Note = ""


class ReadBackShape(_Strict, frozen=True, kw_only=True):
    """How it is seen that the machine follows."""

    input: Annotated[Name, Meta(description="The input that shows it")]
    tolerance: Annotated[float, Meta(ge=0, description="How far it may be from what was written")] = 0.0
    within: Annotated[float, Meta(gt=0, le=3600, description="How long the machine may take"), Seconds] = 1.0
    trip: Annotated[bool, Meta(description="Trip when it does not follow; else only an alarm")] = False


class ManualShape(_Strict, frozen=True, kw_only=True):
    """An operator's own value."""

    timeout: Annotated[float, Meta(gt=0, le=86400, description="After this the mode before comes back"), Seconds] = (
        900.0
    )
    reminder: Annotated[float, Meta(gt=0, le=86400, description="Remind the operator so often"), Seconds] = 300.0


class OutputShape(_Strict, frozen=True, kw_only=True):
    """One place of a machine that may be written: the actuator that OT chooses, and its limits."""

    type: Annotated[str, Meta(description="An actuator that says what it writes, such as modbus/write")]
    options: dict[str, Any] = {}
    group: Annotated[Name, Meta(description="Outputs that are switched together: the machine")] | UnsetType = UNSET
    owner: Annotated[str, Meta(max_length=200, description="Who answers for it")] = ""
    unit: Annotated[str, Meta(max_length=40, description="Engineering unit of range and rate")] = ""
    range: (
        Annotated[list[float], Meta(min_length=2, max_length=2, description="The least and the most")] | UnsetType
    ) = UNSET
    values: (
        Annotated[list[bool | str], Meta(min_length=1, max_length=100, description="What may be written, if no number")]
        | UnsetType
    ) = UNSET
    rate: Annotated[Annotated[float, Meta(gt=0)] | None, Meta(description="Most change in a second")] = None
    interval: Annotated[float, Meta(ge=0, le=3600, description="Least time between two writes"), Seconds] = 0.0
    clamp: Annotated[bool, Meta(description="Cut what goes too far to what may be; else refuse it")] = False
    max_age: Annotated[Annotated[float, Meta(gt=0)] | None, Meta(description="How old a command may be"), Seconds] = (
        None
    )
    writers: Annotated[
        list[Writer], Meta(min_length=1, max_length=100, description="Who may write: flow/node, with * for anything")
    ]
    modes: Annotated[tuple[Mode, ...], Meta(min_length=1, description="Which modes it may be in")] = MODES
    permissives: Annotated[
        list[PermissiveShape], Meta(max_length=50, description="What must be so for it to leave its safe value")
    ] = []
    interlocks: Annotated[
        list[InterlockShape], Meta(max_length=50, description="What makes it safe while it is so, or not known")
    ] = []
    safe: Annotated[float | bool | str, Meta(description='The safe value; "hold": left as it is')]
    watchdog: Annotated[
        Annotated[float, Meta(gt=0, le=86400)] | None,
        Meta(description="Make it safe after so long without a command"),
        Seconds,
    ] = None
    read_back: ReadBackShape | UnsetType = UNSET
    manual: ManualShape = ManualShape()
    note: Note = ""


class StopShape(_Strict, frozen=True, kw_only=True):
    """The emergency stop."""

    when: Annotated[list[PermissiveShape], Meta(max_length=50, description="Any of these is an emergency stop")] = []
    order: Annotated[list[Name], Meta(description="In which order outputs are made safe; then as written")] = []


class EnvelopeShape(_Strict, frozen=True, kw_only=True):
    """The limits of a plant, owned and signed by OT."""

    schema: SchemaUrl = msgspec.field(name="$schema", default="")
    flowengine: Version
    version: Annotated[int, Meta(ge=1, le=2**53, description="Grows with each change; an older one is refused")]
    note: Note = ""
    connections: Connections = {}
    inputs: Annotated[dict[Name, InputShape], Meta(description="Readings that conditions look at")] = {}
    outputs: Annotated[dict[Name, OutputShape], Meta(description="All that may be written")]
    emergency_stop: StopShape = StopShape()


def schema() -> dict[str, Any]:
    """Return the JSON Schema of `envelope.json`."""
    return {"$schema": DIALECT, **type_schema(EnvelopeShape), "title": "Envelope"}
