"""What a live flow keeps over a crash and a restart; a flow whose nodes remember nothing has none of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flowengine.context import MemoryContext
from flowengine.flow.plan import Plan
from flowengine.message import Message
from flowengine.node import Node, Source
from flowengine.options import connection_names, state_fields
from flowengine.runtime.channel import Item
from flowengine.runtime.checkpoints.checkpointing import Checkpointing
from flowengine.runtime.checkpoints.keepsakes import Keepsakes
from flowengine.runtime.checkpoints.restoring import Restoring
from flowengine.runtime.host import host_of
from flowengine.runtime.inboxes import spilling
from flowengine.runtime.spill import SpillingChannel
from flowengine.store.checkpoints import CheckpointFile
from flowengine.store.flow_files import CHECKPOINTS
from flowengine.store.packing import unpack_message
from flowengine.telemetry.look import CheckpointLook

if TYPE_CHECKING:
    from flowengine.runtime.live import LiveFlow


STORING = ("at-least-once", "effectively-once")
"""Ways of delivery for which a flow is stored whatever its nodes are."""


class Memory:
    """What one live flow keeps over restarts: its checkpoints, if it needs any, and its keepsakes."""

    def __init__(self, live: LiveFlow) -> None:
        self.live = live
        self.keepsakes = Keepsakes(live)
        self.unkept: set[str] = set()
        """Names of which the warning was given that they cannot be stored."""
        self._checkpointing: Checkpointing | None = None
        self._restoring: Restoring | None = None
        self._file: CheckpointFile | None = None
        self._remembering: tuple[object, list[str]] = (None, [])

    @property
    def file(self) -> CheckpointFile | None:
        """Where checkpoints are written; None: the flow has none."""
        return self._file

    # --- its life ---

    async def read(self, plan: Plan) -> None:
        """Read what was stored, if anything was; called before connections open.

        From then on the start has to be quick: what a broker sends before its nodes have started must be held back, and
        is acknowledged late.

        Raises:
            OSError, sqlite3.Error: the file cannot be read.
        """
        path = self._path(plan)
        if path is not None and await asyncio.to_thread(path.exists):
            await self._open(path)
        await self.keepsakes.read()

    async def open(self, nodes: Mapping[str, Node], plan: Plan) -> None:
        """Have a file if these nodes need one; called before they start.

        Raises:
            OSError, sqlite3.Error: the file cannot be made.
        """
        path = self._path(plan)
        wanted = plan.delivery in STORING or bool(spilling(plan)) or any(n.remembers() for n in nodes.values())
        if path is None or self._checkpointing is not None:
            return
        if self._file is None and wanted:
            await self._open(path)
        elif self._restoring is not None and not wanted and not self._restoring.messages:
            await self._close(forget=True)  # it remembered something once

    def _path(self, plan: Plan) -> Path | None:
        folder = self.live.around.checkpoints
        return None if folder is None or plan.delivery == "at-most-once" else folder / f"{plan.name}{CHECKPOINTS}"

    async def _open(self, path: Path) -> None:
        self._file = await asyncio.to_thread(CheckpointFile, path)
        self._restoring = await asyncio.to_thread(Restoring, self, self._file)
        self._tell_damage(self._file)

    def _tell_damage(self, file: CheckpointFile) -> None:
        if file.torn:
            self.live.log.info("%s: a checkpoint was cut short; the one before it holds", self.live.plan.name)
        if file.damage:
            text = "; ".join(file.damage)
            self.live.log.error("%s: stored state was damaged: %s", self.live.plan.name, text)
            self.live.around.on_store(self.live.plan.name, f"stored state was damaged: {text}")

    def give_states(self) -> None:
        """Give nodes and contexts what they remembered; called before nodes start."""
        self.keepsakes.give()
        if self._restoring is not None:
            self._restoring.give_states()

    def gave(self, node: str) -> bool:
        """Say whether a node has got a state back."""
        return self._restoring is not None and node in self._restoring.given

    def dropped(self, node: str, error: Exception) -> None:
        """Say that a node could not start with the state that it got back."""
        if self._restoring is not None:
            self._restoring.dropped(node, error)

    async def begin_anew(self) -> None:
        """Do what `begin` does for a flow that starts; what a replay has to repeat is on disk before it happens."""
        self.begin()
        if self.live.plan.delivery == "effectively-once":
            await self.store()

    def begin(self) -> None:
        """Put messages back where they waited, and store checkpoints from now on; called before stages start."""
        self._restore()
        self.keepsakes.start()
        checkpointing = self._checkpointing
        if checkpointing is not None:
            for name, inbox in self.live.inboxes.items():
                if isinstance(inbox, SpillingChannel):
                    inbox.connect(
                        partial(checkpointing.load, name), partial(checkpointing.restored, name), checkpointing.want
                    )

    def _restore(self) -> None:
        if self._file is None or self._restoring is None:
            return
        live, restoring = self.live, self._restoring
        name, delivery = live.plan.name, live.plan.delivery
        tell = live.around.on_store
        self._checkpointing = Checkpointing(
            self, self._file, restoring.first, delivery, lambda problem: tell(name, problem)
        )
        restoring.give_messages(self._checkpointing)
        self._restoring = None
        for part in live.running.values():
            part.ledger = self._checkpointing
        self._checkpointing.start()

    def look(self) -> CheckpointLook | None:
        """Return how its checkpoints are; None: it has none."""
        return None if self._checkpointing is None else self._checkpointing.look()

    async def store(self) -> bool:
        """Store a checkpoint now, so that sources hear what is done; returns whether it is on disk."""
        return self._checkpointing is not None and await self._checkpointing.store()

    async def finish(self) -> bool:
        """Store everything for the next start; returns whether it is on disk."""
        return self._checkpointing is not None and await self._checkpointing.finish()

    async def close(self, forget: bool = False) -> None:
        """Write no more; with `forget`, what was stored is deleted."""
        await self.keepsakes.close(forget)
        await self._close(forget)

    async def _close(self, forget: bool) -> None:
        if self._checkpointing is not None:
            await self._checkpointing.close()
        if self._file is not None:
            await asyncio.to_thread(self._file.remove if forget else self._file.close)
        self._file = self._checkpointing = self._restoring = None

    # --- what the flow holds ---

    def remembering(self) -> list[str]:
        """Return the nodes that remember something, sources also where that alone is no reason to store anything."""
        nodes = self.live.nodes
        if self._remembering[0] is not nodes:
            self._remembering = (
                nodes,
                [
                    name
                    for name, node in nodes.items()
                    if node.remembers() or (isinstance(node, Source) and state_fields(type(node)))
                ],
            )
        return self._remembering[1]

    def contexts(self) -> dict[str, MemoryContext]:
        """Return the contexts of the flow and of its nodes that may write to one."""
        found = {"context:": self.live.own_context}
        for name in self.remembering():
            found[f"context:{name}"] = host_of(self.live.nodes[name]).own_context
        return found

    def fed_back(self) -> dict[str, list[Message]]:
        """Return the places where messages of feedback wires wait."""
        registers = self.live.registers.items()
        return {f"wire:{wire.source}.{wire.out}>{wire.target}.{wire.port}": place for wire, place in registers}

    def held_up(self, node: str) -> list[Item]:
        """Return the messages that a node with an inbox is at work on, and those that wait for it, in order."""
        live = self.live
        return [*live.parts[node].begun(node), *live.inboxes[node].items]

    def spilled(self, node: str) -> list[Item]:
        """Return messages that wait on disk alone, for a node that is no more; it waits for the disk."""
        inbox = self.live.inboxes.get(node)
        if self._file is None or not isinstance(inbox, SpillingChannel) or not inbox.stored:
            return []
        return [(unpack_message(one.data), None, one.port) for one in self._file.waiting(node, inbox.last)]

    def commands_machine(self, node: str) -> bool:
        """Say whether what waits for a node goes to a device of the OT side."""
        plan = self.live.plan
        planned = plan.nodes[node]
        return any(plan.connections[name].cls.ot for name in connection_names(planned.cls, planned.options))
