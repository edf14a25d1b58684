"""A flow as a graph: order, loops, what reaches what. networkx does it, at deploy time only.

networkx takes a third of a second to import, hence the imports inside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

MOST_LOOPS = 50
"""Loops named of one flow; enough to begin with."""


def graph_of(nodes: Iterable[str], edges: Iterable[tuple[str, str]]) -> nx.DiGraph[str]:
    """Return a graph; what is given first comes first wherever the order is free."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edges)
    return graph


def order(graph: nx.DiGraph[str]) -> list[str] | None:
    """Return the nodes so that none comes before one that feeds it, or None when there are loops."""
    import networkx as nx

    try:
        return list(nx.topological_sort(graph))
    except nx.NetworkXUnfeasible:
        return None


def loops(graph: nx.DiGraph[str]) -> list[list[str]]:
    """Return loops that close all others between them: when each is cut at one wire, few are left to find.

    A loop is the list of its nodes; the last one feeds the first.
    """
    import networkx as nx

    found: list[list[str]] = []
    for group in sorted(nx.strongly_connected_components(graph), key=lambda nodes: min(nodes)):
        part = graph.subgraph(sorted(group)).copy()
        while len(found) < MOST_LOOPS:
            try:
                edges = nx.find_cycle(part)
            except nx.NetworkXNoCycle:
                break
            found.append([edge[0] for edge in edges])
            part.remove_edge(*edges[-1][:2])
    return found


def reached(graph: nx.DiGraph[str], starts: Iterable[str]) -> set[str]:
    """Return all nodes that messages from any of `starts` can come to, the starts included."""
    return _spread(graph.successors, starts)


def reaching(graph: nx.DiGraph[str], ends: Iterable[str]) -> set[str]:
    """Return all nodes whose messages can come to any of `ends`, the ends included."""
    return _spread(graph.predecessors, ends)


def _spread(neighbours: Callable[[str], Iterable[str]], starts: Iterable[str]) -> set[str]:
    seen = set(starts)  # networkx spreads from one node at a time; from many that would be quadratic
    todo = list(seen)
    while todo:
        for node in neighbours(todo.pop()):
            if node not in seen:
                seen.add(node)
                todo.append(node)
    return seen
