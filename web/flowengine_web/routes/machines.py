"""The machines: how they stand, and what people do to them through the guard."""

from __future__ import annotations

from functools import partial

import msgspec

from flowengine.runtime.guard.desk import Act
from flowengine_web import shapes
from flowengine_web.call import Call
from flowengine_web.route import Area

AREA = Area("machines", "Machines, their limits, and the emergency stop")


@AREA.get("/api/machines", role="viewer", answer=shapes.Machines)
def read_machines(call: Call) -> shapes.Machines:
    """Say how every output of the envelope stands, and whether the emergency stop holds."""
    return msgspec.convert(call.run(call.site.service.machines.look), shapes.Machines)


@AREA.post(
    "/api/machines/act", role="operator", body=shapes.MachineAct, answer=shapes.MachineActed, refusals=(404, 422)
)
def act_on_machines(call: Call, body: shapes.MachineAct) -> shapes.MachineActed:
    """Arm, disarm, choose a mode, write by hand, stop everything, reset."""
    act = Act(what=body.what, by=call.user, target=body.target, mode=body.mode, value=body.value, cause=body.cause)
    return shapes.MachineActed(said=call.run(partial(call.site.service.machines.act, act)))


@AREA.get("/api/machines/stop-ticket", role="operator", answer=shapes.StopTicket)
def read_stop_ticket(call: Call) -> shapes.StopTicket:
    """Say how the emergency stop is pressed where this server does not answer: the ticket goes there with the press."""
    machines = call.site.service.machines
    return shapes.StopTicket(port=machines.stop_port, ticket=machines.stop_ticket(call.user))
