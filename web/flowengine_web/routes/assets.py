"""The parts of the plant: how long they can be had, and what their ends would stop."""

from __future__ import annotations

from datetime import date
from functools import partial

import msgspec

from flowengine.assets.spares import Purchase
from flowengine.assets.survey import Part
from flowengine.service import parts
from flowengine_web import shapes
from flowengine_web.call import Call
from flowengine_web.refusal import invalid
from flowengine_web.route import Area

AREA = Area("assets", "Parts of the plant and their lives")


@AREA.get("/api/assets", role="viewer", answer=shapes.Parts, flows=lambda given: ())
def read_assets(call: Call) -> shapes.Parts:
    """Return all parts of assets.json, the most urgent first; who may see some flows only: those that touch them."""
    rights = call.rights
    everything = rights.may("viewer", "")
    found = parts.parts_of(call.site.service, None if everything else partial(rights.may, "viewer"))
    return shapes.Parts(
        today=str(found.today),
        there=found.there,
        problems=list(found.problems),
        parts=[_shape(part) for part in found.parts],
    )


@AREA.put("/api/assets/{part}/hours", role="operator", body=shapes.PartHours, answer=shapes.Parts)
def enter_hours(call: Call, part: str, body: shapes.PartHours) -> shapes.Parts:
    """Keep in assets.json how many hours a part had run, as somebody has read them off."""
    try:
        day = date.fromisoformat(body.day) if body.day else None
    except ValueError:
        raise invalid(f"{body.day} is no day of the calendar", "$.day", "write it as 2031-12-31") from None
    recorded = parts.enter_hours(call.site.service, part, body.hours, day, call.user)
    found = read_assets(call)
    found.warning = recorded.warning
    return found


def _purchase(buy: Purchase) -> str:
    if not buy.sold:
        return f"{buy.quantity} are missing and no longer sold: {buy.why}"
    return f"order {buy.quantity} by {buy.by}: {buy.why}"


def _shape(part: Part) -> shapes.Part:
    buy, replace = part.buy, part.replace
    best = (replace.name or "no substitute is known") if replace is not None else ""
    return shapes.Part(
        id=part.id,
        kind=part.kind,
        name=part.name,
        place=list(part.place),
        vendor=part.vendor,
        model=part.model,
        serial=part.serial,
        version=part.version,
        installed=part.installed,
        state=part.state,
        dates=[
            shapes.PartDate(what=due.what, day=str(due.day), days=due.days, state=due.state, why=due.why)
            for due in part.dates
        ],
        notices=[msgspec.convert(notice, shapes.PartNotice, from_attributes=True) for notice in part.notices],
        flows=list(part.touched.flows),
        tags=list(part.touched.tags),
        outputs=[msgspec.convert(one, shapes.PartOutput, from_attributes=True) for one in part.touched.outputs],
        todo=part.todo,
        buy="" if buy is None else _purchase(buy),
        replace="" if replace is None else f"{best}; order by {replace.by}: {replace.why}",
        migrate=f"flowengine migrate . {part.id} {replace.product} -o draft" if replace and replace.mapped else "",
        running_hours=part.running_hours,
        hours_on=part.hours_on,
        hours_from=part.hours_from,
        hours_sure=part.hours_sure,
        hours_problem=part.hours_problem,
        rated_hours=part.rated_hours,
    )
