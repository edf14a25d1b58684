"""Node types as data: where their classes are found, so that a process that was forked elsewhere has the same ones."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from flowengine.errors import DeployFailed
from flowengine.flow.plan import Plan
from flowengine.node import Node
from flowengine.registry import Registry
from flowengine.store.packing import pack_value, unpack_value


class TypePlace(msgspec.Struct, frozen=True, array_like=True):
    """Where the class of one node type is found."""

    type: str
    module: str
    name: str
    file: str
    """The file of a module that no import finds; empty: it is installed."""


def places_of(registry: Registry) -> list[TypePlace]:
    """Return where all types of a registry are found."""
    return [
        TypePlace(name, found.cls.__module__, found.cls.__qualname__, found.package if found.local else "")
        for name, found in registry.types.items()
    ]


def load(places: Iterable[TypePlace]) -> dict[str, type[Node]]:
    """Import the classes; one that cannot be found here is left out, and a plan that uses it is refused."""
    types: dict[str, type[Node]] = {}
    modules: dict[str, Any] = {}
    for place in places:
        if place.module not in modules:
            modules[place.module] = _module(place)
        found: Any = modules[place.module]
        for part in place.name.split("."):
            found = getattr(found, part, None)
        if isinstance(found, type) and issubclass(found, Node):
            types[place.type] = found
    return types


def _module(place: TypePlace) -> Any:
    if place.module in sys.modules:
        return sys.modules[place.module]
    try:
        if not place.file:
            return importlib.import_module(place.module)
        spec = importlib.util.spec_from_file_location(place.module, place.file)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules[place.module] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except Exception:  # noqa: BLE001 - a stranger's code; what is missing is said when a plan asks for it
        sys.modules.pop(place.module, None)
        return None
    return module


def pack_plan(plan: Plan) -> bytes:
    """Return a plan as bytes; node classes by the names of their types."""
    return pack(plan)


def unpack_plan(data: bytes, types: Mapping[str, type[Node]]) -> Plan:
    """Return the plan that `pack_plan` made these bytes of.

    Raises:
        DeployFailed: it uses a type that this process has not.
    """
    plan: Plan = unpack(data, Plan, types)
    return plan


def pack(value: Any) -> bytes:
    """Return a plan, or what is made of parts of one, as bytes."""
    return pack_value(msgspec.to_builtins(value, enc_hook=_type_name, builtin_types=(bytes,)))


def unpack(data: bytes, kind: type[Any], types: Mapping[str, type[Node]]) -> Any:
    """Return what `pack` made these bytes of.

    Raises:
        DeployFailed: it uses a type that this process has not.
    """

    def find(hint: Any, name: Any) -> Any:
        if name not in types:
            raise DeployFailed(f"node type '{name}' cannot be loaded outside the process that it was defined in")
        return types[name]

    return msgspec.convert(unpack_value(data), kind, dec_hook=find)


def _type_name(value: Any) -> Any:
    if isinstance(value, type) and issubclass(value, Node):
        return value.type
    raise TypeError(f"a plan cannot hold {type(value).__name__}")
