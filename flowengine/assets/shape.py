"""The form of `assets.json`: products that can be bought, and the assets of the plant.

The levels of places follow the equipment hierarchy of IEC 62264-1 (ISA-95): site, area, line, machine (a work unit).
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from flowengine.flow.shape import Note, SchemaUrl, Version
from flowengine.options import unit

Kind = Literal["site", "area", "line", "machine", "device", "software", "model"]
PLACES: Final[tuple[Kind, ...]] = ("site", "area", "line", "machine")
"""What can hold others, the largest first."""

Date = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$", description="A day: 2031-12-31")]
Name = Annotated[str, Meta(max_length=200)]
Amount = Annotated[float, Meta(ge=0, le=1e9)]
Days = Annotated[float, Meta(ge=0, le=36500)]


def _day(text: str) -> Any:
    return Meta(description=text)


class Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What refuses keys that it does not know."""


class ProductShape(Strict, frozen=True, kw_only=True):
    """Something that can be bought: a device, a licence."""

    vendor: Annotated[Name, Meta(description="Who makes it")]
    model: Annotated[Name, Meta(description="The vendor's name for it")]
    order_code: Annotated[Name, Meta(description="What to write in an order")] = ""
    end_of_sale: Annotated[Date, _day("Last day on which it can be ordered")] = ""
    end_of_support: Annotated[Date, _day("Last day with repairs, updates and advice")] = ""
    end_of_life: Annotated[Date, _day("Day by which it is to be replaced")] = ""
    lead_time: Annotated[Days, Meta(description="From order to delivery", extra_json_schema=unit("d"))] = 0.0
    failures_per_year: Annotated[Amount, Meta(description="How many of one installed piece are used up a year")] = 0.0
    rated_hours: Annotated[Amount, Meta(description="Hours that it is made to run", extra_json_schema=unit("h"))] = 0.0
    spares: Annotated[int, Meta(ge=0, description="How many are in stock")] = 0
    substitutes: Annotated[list[str], Meta(description="Products that can take its place, the best first")] = []
    serial_object: Annotated[
        int,
        Meta(ge=0, le=255, description="Object of Modbus 43/14 with the serial number: 128 to 255; 0: it says none"),
    ] = 0
    registers: Annotated[
        dict[str, dict[str, Any]],
        Meta(description="Its register map: name -> table, address, data_type, scale and others, as in modbus/read"),
    ] = {}
    note: Note = ""


class AssetShape(Strict, frozen=True, kw_only=True):
    """One thing that the plant has."""

    kind: Annotated[Kind, Meta(description="What it is")]
    name: Annotated[Name, Meta(description="What people call it")] = ""
    inside: Annotated[str, Meta(description="The asset that it is part of")] = ""
    product: Annotated[str, Meta(description="Which product it is")] = ""
    serial: Annotated[Name, Meta(description="Serial number")] = ""
    version: Annotated[Name, Meta(description="Version of its firmware, or of the software")] = ""
    installed: Annotated[Date, _day("Day on which it was put in")] = ""
    warranty_until: Annotated[Date, _day("Last day of the warranty")] = ""
    needed_until: Annotated[Date, _day("Day until which the plant needs it, or one like it")] = ""
    running_hours: Annotated[Amount, Meta(description="Hours it had run", extra_json_schema=unit("h"))] = 0.0
    hours_on: Annotated[Date, _day("Day of which running_hours are")] = ""
    hours_from: Annotated[
        str,
        Meta(
            pattern="^[^/]+/.+$",
            max_length=700,
            description="Where a flow counts them: flow/tag of its archive; the newest value counts, not running_hours",
        ),
    ] = ""
    hours_per_year: Annotated[Amount, Meta(description="Hours it runs a year", extra_json_schema=unit("h"))] = 0.0
    connection: Annotated[str, Meta(description="The connection of the flows that leads to it")] = ""
    where: Annotated[
        dict[str, str | int | float | bool],
        Meta(description="Which nodes of that connection: options and their values, such as the Modbus unit"),
    ] = {}
    nodes: Annotated[list[str], Meta(description="Nodes that use it besides: flow/node; * stands for anything")] = []
    package: Annotated[Name, Meta(description="For software: the Python package, whose nodes use it")] = ""
    note: Note = ""


class AssetsShape(Strict, frozen=True, kw_only=True):
    """The parts of a plant and their lives."""

    schema: SchemaUrl = msgspec.field(name="$schema", default="")
    flowengine: Version
    note: Note = ""
    remind: Annotated[
        list[Annotated[int, Meta(ge=0, le=36500)]],
        Meta(description="How long before a date to remind of it", extra_json_schema=unit("d")),
    ] = msgspec.field(default_factory=lambda: [365, 180, 90, 30])
    products: Annotated[dict[str, ProductShape], Meta(description="What can be bought, by a short name")] = {}
    assets: Annotated[dict[str, AssetShape], Meta(description="What the plant has, by a short name")] = {}
