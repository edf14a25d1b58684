"""Which of the flows that come are flows that go, under another name: they go on with what those hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from flowengine.flow.model import Flow

Alike = Callable[[Flow, Flow], bool]


def renames(gone: Mapping[str, Flow], come: Mapping[str, Flow]) -> dict[str, str]:
    """Return new name -> the name before: what differs in its name alone, then what has the same nodes.

    Where several might be meant none is: what one flow holds must not go on in another.
    """
    found: dict[str, str] = {}
    for alike in (_same_but_for_name, _same_nodes):
        old = {name: flow for name, flow in gone.items() if flow.nodes and name not in found.values()}
        new = {name: flow for name, flow in come.items() if name not in found}
        found |= _pairs(old, new, alike)
    return found


def _pairs(gone: Mapping[str, Flow], come: Mapping[str, Flow], alike: Alike) -> dict[str, str]:
    befores = {name: [old for old, before in gone.items() if alike(before, flow)] for name, flow in come.items()}
    chosen = [names[0] for names in befores.values() if len(names) == 1]
    return {name: names[0] for name, names in befores.items() if len(names) == 1 and chosen.count(names[0]) == 1}


def _same_but_for_name(old: Flow, new: Flow) -> bool:
    return msgspec.structs.replace(old, name=new.name, layout=new.layout) == new


def _same_nodes(old: Flow, new: Flow) -> bool:
    return {name: node.type for name, node in old.nodes.items()} == {name: n.type for name, n in new.nodes.items()}
