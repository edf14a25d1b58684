"""Node types of our own, and a check that takes a flow as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from flowengine import Actuator, AsyncTransform, Connection, Port, Secret, Source, Transform
from flowengine.flow.check import check_flow
from flowengine.flow.file import FlowFile, parse_flow
from flowengine.flow.plan import Plan, plan_flow
from flowengine.flow.problem import Problem
from flowengine.flow.project import Project
from flowengine.registry import Registry


class Device(Connection, type="test/device"):
    """A device."""

    host: Annotated[str, Meta(description="Where it is", min_length=1)]
    port: Annotated[int, Meta(ge=1, le=65535)] = 502
    password: Secret = ""


class FastDevice(Device, type="test/fast-device"):
    """A device of a special kind."""

    turbo: bool = True


class Broker(Connection, type="test/broker"):
    """A broker."""

    url: str = "localhost"


class Read(Source, type="test/read"):
    """Read a value."""

    outputs = (Port("out", "number"),)
    connection: Device
    address: Annotated[int, Meta(ge=0, le=65535, description="The register's number")] = 0
    data_type: Literal["int16", "float32", "bool"] = "int16"


class Tick(Source, type="test/tick"):
    """Send something now and then."""

    every: Annotated[float, Meta(gt=0, extra_json_schema={"x-unit": "s"})] = 1.0
    payload: Any = None
    once: bool = False


class Scale(Transform, type="test/scale"):
    """Multiply."""

    inputs = (Port("in", "number"),)
    outputs = (Port("out", "number"),)
    gain: float = 1.0
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"low must be below high: {self.low} is not below {self.high}")


class Add(Transform, type="test/add"):
    """Add two readings."""

    inputs = (Port("in"), Port("second"))


class Lamp(Transform, type="test/lamp"):
    """Show a state to operators and pass it on."""

    widget = "lamp"


class Switch(Transform, type="test/switch"):
    """Send by one of several ways."""

    ways: list[Annotated[str, Meta(min_length=1)]] = ["high", "low"]

    @classmethod
    def output_ports(cls, options: Mapping[str, Any]) -> tuple[Port, ...]:
        return tuple(Port(name) for name in options.get("ways", ["high", "low"]))


class Range(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From a value to another."""

    least: float
    most: float
    secret: Secret = ""


class Limits(Transform, type="test/limits"):
    """Keep a value within limits."""

    ranges: dict[str, Range] = {}
    mode: Annotated[str, Meta(extra_json_schema={"enum": ["cut", "drop"]})] = "cut"
    tags: list[str] = []


class Text(Transform, type="test/text"):
    """Make text of a value."""

    outputs = (Port("out", "text"),)
    template: str = ""


class Ask(AsyncTransform, type="test/ask"):
    """Ask a service."""

    token: Secret = ""
    pin: Annotated[int, Meta(ge=1000, extra_json_schema={"writeOnly": True})] | None = None

    def __post_init__(self) -> None:
        if self.token.startswith("wrong"):
            raise ValueError(f"token {self.token!r:.12} cannot be right")


class Write(Actuator, type="test/write"):
    """Write a value."""

    inputs = (Port("in", "number"),)
    connection: Device | None = None


class Show(Actuator, type="test/show"):
    """Show a message."""


class Rotten(Transform, type="test/rotten"):
    """A node with a fault in its own code."""

    depth: int = 0

    def __post_init__(self) -> None:
        if self.depth:
            raise ZeroDivisionError("inside")


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The node types above."""
    found = Registry()
    for cls in (
        Device,
        FastDevice,
        Broker,
        Read,
        Tick,
        Scale,
        Add,
        Lamp,
        Switch,
        Limits,
        Text,
        Ask,
        Write,
        Show,
        Rotten,
    ):
        found.add(cls, "tests")
    return found


def file_of(data: Any, name: str = "main") -> FlowFile:
    """A flow file of JSON data; the version is added."""
    if isinstance(data, dict):
        data = {"flowengine": 1, **data}
    return parse_flow(data if isinstance(data, str) else json.dumps(data, indent=1), f"{name}.json")


@pytest.fixture
def flow_of() -> Callable[..., FlowFile]:
    """Make a flow file of JSON data."""
    return file_of


@pytest.fixture
def check(registry: Registry) -> Callable[..., list[Problem]]:
    """Check a flow given as JSON data or text, with other flows around it by name."""

    def run(data: Any, environment: Any = None, secrets: Any = None, **others: Any) -> list[Problem]:
        connections = others.pop("connections", None)
        project = Project.of(
            *(file_of(other, name.replace("_", "-")) for name, other in others.items()), connections=connections
        )
        return check_flow(file_of(data), project, registry, environment, secrets)

    return run


@pytest.fixture
def plan(registry: Registry) -> Callable[..., Plan]:
    """Plan a flow given as JSON data, with other flows around it by name."""

    def run(data: Any, environment: Any = None, secrets: Any = None, **others: Any) -> Plan:
        connections = others.pop("connections", None)
        project = Project.of(
            *(file_of(other, name.replace("_", "-")) for name, other in others.items()), connections=connections
        )
        return plan_flow(file_of(data), project, registry, environment, secrets)

    return run
