"""The flow as a whole: loops, nodes that nothing reaches, messages that go nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowengine.flow.expansion import Expansion, Placed
from flowengine.flow.graph import graph_of, loops, order, reached
from flowengine.flow.model import ERROR_PORT
from flowengine.flow.problem import Report
from flowengine.node import Transform

if TYPE_CHECKING:
    import networkx as nx


def check_graph(expansion: Expansion, report: Report) -> None:
    """Report loops without a feedback wire (errors), unreachable nodes and dead ends (warnings)."""
    graph = graph_of(expansion.nodes, ((w.source, w.target) for w in expansion.wires if w.feedback is None))
    expansion.order = order(graph)
    if expansion.order is None:
        for loop in loops(graph):
            _report_loop(loop, expansion, report)
    graph.add_edges_from((w.source, w.target) for w in expansion.wires if w.feedback is not None)
    _check_reach(graph, expansion, report)
    _check_dead_ends(expansion, report)


def _report_loop(loop: list[str], expansion: Expansion, report: Report) -> None:
    source, target = loop[-1], loop[0]
    flow = expansion.file.flow
    assert flow is not None
    outer = (source.partition("/")[0], target.partition("/")[0])
    closing = next((n for n, w in enumerate(flow.wires) if (w.source, w.target) == outer and not w.disabled), None)
    way = " -> ".join([*(loop if len(loop) <= 100 else [*loop[:99], f"({len(loop) - 99} more)"]), target])
    message = f"the wires run in a loop: {way}"
    hint = 'mark one of its wires as feedback, such as {"from": ..., "to": ..., "feedback": {"initial": 0}}'
    keys = ("wires", closing) if closing is not None else ("nodes", outer[1])
    report.error("loop", keys, message, node=target, hint=hint)


def _check_reach(graph: nx.DiGraph[str], expansion: Expansion, report: Report) -> None:
    flow = expansion.file.flow
    assert flow is not None
    starts = [node.id for node in expansion.nodes.values() if node.cls is None or node.cls.kind == "source"]
    interface = flow.subflow
    if interface is not None:
        starts += [end.partition(".")[0] for ends in interface.inputs.values() for end in ends]
        starts += [end for ends in interface.inputs.values() for e in ends for end in _inside(e, expansion)]
    alive = reached(graph, [start for start in starts if start in expansion.nodes])
    for node in expansion.nodes.values():
        if node.id in alive or "/" in node.id:
            continue
        hint = "wire a source to it, or disable it"
        report.warning("unreachable", ("nodes", node.key), f"no source reaches '{node.key}'", node=node.id, hint=hint)


def _inside(end: str, expansion: Expansion) -> list[str]:
    key, _, port = end.partition(".")
    block = expansion.blocks.get(key)
    if block is None:
        return []
    ends = block.inputs.get(port) if port else next(iter(block.inputs.values()), None)
    return [node for node, _ in ends or []]


def _check_dead_ends(expansion: Expansion, report: Report) -> None:
    flow = expansion.file.flow
    assert flow is not None
    wired = {wire.source for wire in expansion.wires if wire.out != ERROR_PORT}
    if flow.subflow is not None:
        wired.update(end.partition(".")[0] for ends in flow.subflow.outputs.values() for end in ends)
    for node in expansion.nodes.values():
        if node.id in wired or "/" in node.id or not _only_sends(node):
            continue
        message = f"what '{node.key}' sends goes nowhere"
        report.warning("dead-end", ("nodes", node.key), message, node=node.id, hint="wire its output, or disable it")


def _only_sends(node: Placed) -> bool:
    """Say whether sending messages on is all that a node does; I/O, or a display, is of use by itself."""
    if node.cls is None or not (node.cls.kind == "source" or issubclass(node.cls, Transform)):
        return False
    if node.cls.widget and node.cls.kind != "source":
        return False
    return any(port.name != ERROR_PORT for port in node.outputs or ())
