"""Flows as they run: live values, buttons, the debug stream, ways of messages, faults."""

from __future__ import annotations

from functools import partial

from flowengine.telemetry.preview import preview
from flowengine_web import shapes, stream
from flowengine_web.call import Call
from flowengine_web.hub import fault_shapes
from flowengine_web.live.debug_items import debug_shapes
from flowengine_web.refusal import Refusal, not_found
from flowengine_web.route import EVENTS, Area

AREA = Area("running", "Flows as they run")


@AREA.get("/api/flows/{flow}/live", role="viewer", answer=shapes.Live)
def read_live(call: Call, flow: str) -> dict[str, object]:
    """Return every node and wire of a flow as it is now."""
    return call.run(partial(call.site.hub.live, flow))()


@AREA.get("/api/metrics", role="viewer", answer=shapes.EngineLive)
def read_metrics(call: Call) -> shapes.EngineLive:
    """Return the engine as it is now."""
    return call.ask(call.site.hub.engine)


@AREA.get("/api/stream", role="viewer", answer=None, content=EVENTS)
def open_stream(call: Call) -> object:
    """Open the live stream; PUT /api/streams/{id} says what to send."""
    return stream.open_stream(call)


@AREA.put("/api/streams/{id}", role="viewer", body=shapes.Watching)
def watch(call: Call, id: str, body: shapes.Watching) -> shapes.Done:
    """Say what one's own stream is to carry."""
    hub, who = call.site.hub, call.who

    def change() -> bool:
        reader = hub.readers.get(id)
        if reader is None or who is None or reader.session != who.key:
            return False
        hub.watch(reader, body)
        return True

    if not call.ask(change):
        raise not_found("this session has no such stream", "open one by GET /api/stream")
    return shapes.Done()


@AREA.get("/api/debug", role="viewer", answer=shapes.Debug)
def read_debug(call: Call) -> shapes.Debug:
    """Return the last 500 items of the debug stream."""
    ring = call.site.service.engine.observer.debug
    items, dropped = call.ask(lambda: (ring.since(0), ring.dropped))
    return shapes.Debug(items=debug_shapes(items), dropped=dropped)


@AREA.get("/api/traces/{id}", role="viewer", answer=shapes.Trace)
def read_trace(call: Call, id: str) -> shapes.Trace:
    """Return the way of a message."""
    found = call.run(partial(call.site.service.engine.way, id))
    hops = []
    for hop in found.hops:
        shown = preview(hop.msg.payload)
        hops.append(
            shapes.Hop(
                at=hop.at,
                flow=hop.flow,
                node=hop.node,
                port=hop.port,
                what=hop.what,
                kind=shown.kind,
                value=shown.value,
                quality=hop.msg.quality,
                text=hop.text,
            )
        )
    return shapes.Trace(id=id, hops=hops)


@AREA.get("/api/faults", role="viewer", answer=shapes.Faults)
def read_faults(call: Call) -> shapes.Faults:
    """Return all nodes that are, or were, in trouble."""
    return fault_shapes(call.ask(call.site.service.engine.faults.all))


@AREA.post(
    "/api/faults/acknowledge",
    role="operator",
    body=shapes.Places,
    answer=shapes.Faults,
    flows=lambda given: [place.flow for place in given["body"].places],
)
def acknowledge_faults(call: Call, body: shapes.Places) -> shapes.Faults:
    """Note that somebody has seen faults; those that are over leave the list."""
    faults, user, now, rights = call.site.service.engine.faults, call.user, call.site.clock.now(), call.rights

    def acknowledge() -> shapes.Faults:
        for place in body.places:
            faults.acknowledge(place.flow, place.node, user, now)
        return fault_shapes([fault for fault in faults.all() if rights.may("viewer", fault.flow)])

    return call.ask(acknowledge)


@AREA.post("/api/flows/{flow}/inject", role="operator", body=shapes.InjectRequest)
def inject(call: Call, flow: str, body: shapes.InjectRequest) -> shapes.Done:
    """Press a node's button, or (editors) give a message to a node; an actuator takes none from here."""
    if body.message is not None and not call.rights.may("editor", flow):
        raise Refusal(403, "forbidden", "giving a message to a node needs the role editor", "ask an admin")
    service, who = call.site.service, call.asks
    call.run(partial(service.inject, flow, body.node, body.message, body.port, who))
    return shapes.Done()
