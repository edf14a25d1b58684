"""The list of alarms: what stands, what people do to it, what has been."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from flowengine_web import shapes
from flowengine_web.call import Call
from flowengine_web.live.alarms import alarm_shapes
from flowengine_web.route import Area

AREA = Area("alarms", "Alarms by ISA-18.2: list, acknowledge, shelve, history")


class Query(msgspec.Struct, frozen=True):
    """Which part of the history."""

    name: str = ""
    most: Annotated[int, Meta(ge=1, le=1000)] = 100
    before: Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)] = 0
    """Only entries with numbers below; 0: the newest."""


@AREA.get("/api/alarms", role="viewer", answer=shapes.Alarms)
def read_alarms(call: Call) -> shapes.Alarms:
    """Return what stands, and what was put aside."""
    return call.ask(lambda: alarm_shapes(call.site.service.alarms))


@AREA.get("/api/alarms/history", role="viewer", query=Query, answer=shapes.AlarmHistory)
def read_alarm_history(call: Call) -> shapes.AlarmHistory:
    """Return what happened to alarms, or to one of them, the newest first."""
    which: Query = call.query
    entries = call.site.service.alarms.history(which.name, which.most, which.before)
    return shapes.AlarmHistory(
        entries=[msgspec.convert(one, shapes.AlarmEntry, from_attributes=True) for one in entries]
    )


@AREA.post("/api/alarms/act", role="operator", body=shapes.AlarmAct, answer=shapes.Alarms, refusals=(404, 422))
def act_on_alarms(call: Call, body: shapes.AlarmAct) -> shapes.Alarms:
    """Acknowledge, shelve for a while, take back, take out of service; answers with how the list stands then."""
    desk, by = call.site.service.alarms, call.user

    def act() -> shapes.Alarms:
        match body.what:
            case "acknowledge":
                desk.acknowledge(body.names, by)
            case "shelve":
                for name in body.names:
                    desk.shelve(name, body.minutes * 60, body.reason, by)
            case "unshelve":
                for name in body.names:
                    desk.take_back(name, by)
            case "out-of-service":
                for name in body.names:
                    desk.out_of_service(name, body.reason, by)
        return alarm_shapes(desk)

    return call.ask(act)
