"""Takes up what a flow held at its last checkpoint: states before the nodes start, messages before the stages do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import msgspec

from flowengine.message import Message
from flowengine.node import Node
from flowengine.options import hints, state_fields
from flowengine.runtime.inboxes import spilling
from flowengine.runtime.spill import SpillingChannel
from flowengine.store.checkpoints import CheckpointFile, Stored
from flowengine.store.packing import unpack_message, unpack_value

if TYPE_CHECKING:
    from flowengine.runtime.checkpoints.checkpointing import Checkpointing
    from flowengine.runtime.checkpoints.memory import Memory


def unpack_state(cls: type[Node], data: bytes) -> dict[str, Any]:
    """Return what a node of a class remembered, each field as it is declared.

    Raises:
        ValueError: it does not fit.
    """
    wanted = {name: get_args(hints(cls)[name])[0] for name in state_fields(cls)}
    raw = unpack_value(data, dict[str, msgspec.Raw])
    return {name: unpack_value(bytes(part), wanted.get(name, Any)) for name, part in raw.items()}


class Restoring:
    """What was stored of one flow, to be given back to it."""

    def __init__(self, memory: Memory, file: CheckpointFile) -> None:
        """Read the states; it waits for the disk."""
        self.file = file
        self.states: dict[str, Stored] = file.states()
        self.nodes = file.nodes()
        spills = spilling(memory.live.plan)
        here = {node: spills[node].size for node in spills if not memory.commands_machine(node)}
        self.messages = {node: file.waiting(node, most=here.get(node, -1)) for node in self.nodes}
        self.first = 1 + max((high for _, _, high in self.nodes.values()), default=0)
        self.given: set[str] = set()
        """Nodes that have got their state back."""
        self._memory, self._live = memory, memory.live

    def give_states(self) -> None:
        """Give nodes and contexts back what they remembered. What does not fit is dropped, with one warning each."""
        live = self._live
        contexts = self._memory.contexts()
        for name, stored in self.states.items():
            what, _, node = name.partition(":")
            try:
                if what == "ids":
                    live.identity.restore(unpack_value(stored.data))
                elif name in contexts:
                    contexts[name].restore(unpack_value(stored.data, dict[str, Any]))
                elif what == "node" and node in live.nodes:
                    self._give_state(live.nodes[node], stored)
                    self.given.add(node)
                elif what != "wire":
                    live.log.warning("%s: what %s remembered is dropped: it is no more", live.plan.name, node or name)
            except Exception as error:  # noqa: BLE001 - whatever a node makes of an old state, the flow starts
                self.dropped(node, error)

    def dropped(self, node: str, error: Exception) -> None:
        """Say that what a node remembered does not fit."""
        self.given.discard(node)
        text = f"what it remembered is dropped, as it no longer fits: {error}"
        self._live.log.warning("%s/%s: %s", self._live.plan.name, node, text)

    def _give_state(self, node: Node, stored: Stored) -> None:
        if stored.kind != node.type:
            raise ValueError(f"it was a {stored.kind} then, and is a {node.type} now")
        node.restore(unpack_state(type(node), stored.data))

    def give_messages(self, checkpointing: Checkpointing) -> None:
        """Put messages back into inboxes, in order, and onto feedback wires. No await in it.

        What waited for a node that is no more, and commands to machines, become dead letters: nobody wants those late.
        """
        live = self._live
        for name, place in self._memory.fed_back().items():
            stored = self.states.get(name)
            if stored is not None:
                place[:] = unpack_value(stored.data, list[Message])[:1]
        for node, waiting in self.messages.items():
            inbox = live.inboxes.get(node)
            if isinstance(inbox, SpillingChannel) and waiting:
                inbox.resume(self.nodes[node][0] - len(waiting), waiting[-1].number)
            late = inbox is not None and self._memory.commands_machine(node)
            for one in waiting:
                item = unpack_message(one.data), None, one.port
                checkpointing.restored(node, one.number, item)
                if inbox is not None and not late:
                    inbox.items.append(item)
                    continue
                why = "a command from before the restart is not carried out late" if late else "the node is no more"
                live.failed(node, RuntimeError(why), item[0], None, one.port)
