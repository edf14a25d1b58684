"""For those who watch many engines: metrics, health, readiness, and the figures behind `flowengine top`."""

from __future__ import annotations

import flask
import msgspec

from flowengine.access.roles import may
from flowengine.telemetry.figures import Figures
from flowengine.telemetry.latency import LatencyLook
from flowengine.telemetry.look import CheckpointLook, FlowLook, NodeLook, ProcessLook
from flowengine.telemetry.secrecy import without_secrets
from flowengine_web import shapes
from flowengine_web.call import Call
from flowengine_web.refusal import Refusal
from flowengine_web.route import METRICS, Area

AREA = Area("observing", "The engine in figures")

ALIVE = 1.0
"""Seconds within which the engine's loop must answer to count as alive."""


@AREA.get("/metrics", role="metrics", answer=None, content=METRICS)
def read_prometheus_metrics(call: Call) -> flask.Response:
    """Return the metrics as Prometheus reads them: OpenMetrics if the caller accepts that, else text 0.0.4."""
    from flowengine.telemetry.metrics import render

    text, kind = render(call.site.gathering.figures(), flask.request.headers.get("Accept", ""))
    return flask.Response(without_secrets(text), content_type=kind)


@AREA.get("/health", role=None, answer=shapes.Health)
def read_health(call: Call) -> shapes.Health:
    """Say whether the engine's loop answers within a second; if not, a supervisor should start the engine again.

    Workers that are being started again are named: the engine sees to them itself.
    """
    processes = call.site.bridge.ask(call.site.service.engine.processes, wait=ALIVE)
    told = call.who is not None and may(call.who.role, "viewer")
    restarting = [_restarting(one, told) for one in processes if not one.up]
    ending = call.site.certificate_ending
    return shapes.Health(restarting=restarting, warnings=[ending] if ending else [])


@AREA.get("/ready", role=None, answer=shapes.Ready)
def read_readiness(call: Call) -> shapes.Ready:
    """Say whether all flows that should run do and all stores can be written; who is signed in learns which do not."""
    figures = call.site.gathering.figures()
    idle = {name: why for name, why in figures.wanted.items() if why}
    reasons = []
    if idle:
        reasons.append("flows that should run do not")
    if figures.stores:
        reasons.append("something cannot be stored")
    if reasons:
        told = call.who is not None and may(call.who.role, "viewer")
        found = [*(f"{name}: {why}" for name, why in idle.items()), *figures.stores] if told else []
        raise Refusal(503, "not-ready", "; ".join([" and ".join(reasons), *found]), "see the faults in the canvas")
    return shapes.Ready()


@AREA.get("/api/figures", role="viewer", answer=shapes.EngineFigures, packed=True)
def read_figures(call: Call) -> shapes.EngineFigures:
    """Return what is counted in the whole engine, as `flowengine top` shows it."""
    figures = call.site.gathering.figures()
    return shapes.EngineFigures(
        version=figures.version,
        at=figures.at,
        started=figures.started,
        lag=figures.lag,
        memory=figures.memory,
        faults=figures.faults,
        dead_letters=figures.dead_letters,
        dead_letters_dropped=figures.dead_letters_dropped,
        debug_dropped=figures.debug_dropped,
        streams=figures.web.streams,
        stores=list(figures.stores),
        flows=_flows(figures),
        processes=[_process(one) for one in figures.processes],
    )


def _flows(figures: Figures) -> dict[str, shapes.FlowFigures]:
    found = {look.flow: _flow(look, figures.wanted.get(look.flow, "")) for look in figures.looks}
    for name, problem in figures.wanted.items():
        if name not in found:
            found[name] = _flow(FlowLook(name, figures.at, {}, {}), problem)
    return found


def _restarting(look: ProcessLook, told: bool) -> str:
    """Name a process; with its flows and why it fell for whoever may know."""
    name = "field process" if look.name == "field" else f"worker {look.name}"
    return f"{name} ({', '.join(look.flows)}): {look.why}" if told and look.why else name


def _process(look: ProcessLook) -> shapes.ProcessFigures:
    return shapes.ProcessFigures(**{**msgspec.structs.asdict(look), "flows": list(look.flows)})


def _flow(look: FlowLook, problem: str) -> shapes.FlowFigures:
    return shapes.FlowFigures(
        problem=problem,
        nodes={name: _node(node) for name, node in look.nodes.items()},
        latency=_latency(look.latency),
        connections={
            name: shapes.ConnectionFigures(type=one.type, level=one.level, text=one.text)
            for name, one in look.connections.items()
        },
        checkpoint=None if look.checkpoint is None else _checkpoint(look.checkpoint),
    )


def _checkpoint(look: CheckpointLook) -> shapes.CheckpointFigures:
    return shapes.CheckpointFigures(
        written=look.written, bytes=look.bytes, seconds=look.seconds, age=look.age, problem=look.problem
    )


def _latency(look: LatencyLook) -> shapes.LatencyFigures:
    return shapes.LatencyFigures(buckets=list(look.buckets), seconds=look.seconds)


def _node(look: NodeLook) -> shapes.NodeFigures:
    return shapes.NodeFigures(
        level=look.level,
        text=look.text,
        received=look.received,
        sent=look.sent,
        failed=look.failed,
        dropped=look.dropped,
        drops=look.drops,
        waiting=look.waiting,
        limit=look.limit,
        age=look.age,
        retries=look.retries,
        restarts=look.restarts,
    )
