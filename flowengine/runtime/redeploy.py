"""A deploy into a running flow: only nodes that differ stop and start, the others do not notice.

The order of things keeps every message, in order, exactly once:

1. New nodes start while the old ones run on, and the chains that touch them are compiled. If anything fails here,
   nothing has happened. Only sources wait: two that listen to the same thing would both bring it.
2. If a source or a node with an inbox goes: all sources wait at their yield and the flow becomes quiet. Actuators and
   transforms with I/O that are replaced finish what they have begun; what waits for them waits for their successors.
3. Sources that go stop, then new ones start. If one does not, the old ones start again.
4. In one step, without a turn for anybody else: transforms that go send on what they have collected, chains are
   exchanged, inboxes get their new stages. Then everything goes on, and the old nodes are stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from flowengine.errors import DeployFailed
from flowengine.flow.plan import Plan
from flowengine.node import Connection, Node, Source
from flowengine.runtime.changes import DeployOutcome, restarts
from flowengine.runtime.channel import Channel
from flowengine.runtime.handover import hand_over, may_go_on
from flowengine.runtime.live import START_ORDER, LiveFlow
from flowengine.runtime.prepared import Prepared
from flowengine.runtime.wiring import Tap


async def redeploy(live: LiveFlow, plan: Plan, taps: Mapping[str, Tap] | None, drain: float) -> DeployOutcome:
    """Put a plan in the place of the one that a flow runs.

    Args:
        live: the running flow.
        plan: what it is to run; of the same name and the same variables.
        taps: functions that see messages; None: those that are there already.
        drain: seconds that nodes which go may take to finish what is under way.

    Raises:
        DeployFailed: something new did not start; the flow runs on as it was.
    """
    return await _Redeploy(live, plan, drain).run(live.taps if taps is None else taps)


class _Redeploy:
    def __init__(self, live: LiveFlow, plan: Plan, drain: float) -> None:
        self.live = live
        self.plan = plan
        self.until = asyncio.get_running_loop().time() + drain
        self.outcome = restarts(live.plan, plan)
        gone = {*self.outcome.restarted, *self.outcome.removed}
        self.going = {name: node for name, node in live.nodes.items() if name in gone}
        """Old nodes that stop, in topological order."""
        self.connected = list(plan.connections.values())
        """Connections acquired for the new plan; complete once `run` has opened them all."""
        self.connections: dict[str, Connection] = {}
        self.fresh: dict[str, Node] = {}
        self.started: list[Node] = []
        self.handed_over: set[str] = set()
        """Old nodes whose successors go on with what they hold."""
        self.spare: list[Node] = []
        """Nodes built for the new plan that are not used: of two for one place, one has taken over the old state."""
        self.what = "flow"

    async def run(self, taps: Mapping[str, Tap]) -> DeployOutcome:
        live = self.live
        try:
            await self._start_new()
            nodes = {name: self.fresh.get(name) or live.nodes[name] for name in self.plan.nodes}
            self.what = "stored state"
            await live.memory.open(nodes, self.plan)
            self.what = "flow"
            prepared = live.prepare(self.plan, nodes, taps)
            await self._make_way(prepared)
        except asyncio.CancelledError:
            await self._undo()
            raise
        except Exception as error:
            await self._undo()
            text = f"flow '{self.plan.name}' did not start: {self.what}: {error}; the revision before it runs on"
            raise DeployFailed(text) from error
        if self._hand_over(nodes):
            prepared = live.prepare(self.plan, nodes, taps)
        self._switch(prepared)
        live.go_on()
        await self._stop_old()
        return self.outcome

    def _left(self) -> float:
        return max(0.0, self.until - asyncio.get_running_loop().time())

    # --- before the switch: all of it can be undone ---

    async def _start_new(self) -> None:
        wanted, self.connected = self.connected, []
        for planned in wanted:
            self.what = f"connection '{planned.name}'"
            self.connections[planned.name] = await self.live.around.connections.acquire(planned)
            self.connected.append(planned)
        for name in self.outcome.restarted:
            self.what = f"node '{name}'"
            self.fresh[name] = self.live.build(self.plan.nodes[name], self.connections)
        for kind in START_ORDER:
            if kind != "source":
                await self._start(kind)

    async def _start(self, kind: str) -> None:
        for name, node in self.fresh.items():
            if node.kind == kind:
                self.what = f"node '{name}'"
                self.started.append(node)
                old = self.going.get(name)
                if isinstance(node, Source) and old is not None and may_go_on(old, node):
                    hand_over(self.live, name, old, node)
                await node.start()

    async def _make_way(self, prepared: Prepared) -> None:
        """Have everything finish that cannot go on behind the switch, and exchange sources."""
        live = self.live
        sources = [name for name, node in self.going.items() if isinstance(node, Source)]
        closing = [name for name in live.inboxes if name not in prepared.nodes]
        try:
            if sources or closing:
                for part in live.running.values():
                    part.hold_sources()
                await live.stop_sources(self._left(), sources)
                await self._become_quiet()
            boxed = [name for name in self.going if name in live.inboxes]
            await asyncio.gather(*(part.retire(boxed, self._left()) for part in live.running.values()))
            for name in reversed(sources):
                await live.stop_node(self.going[name])
            await self._start("source")
        except BaseException:
            for node in reversed([node for node in self.started if isinstance(node, Source)]):
                await live.stop_node(node)
                self.started.remove(node)
            for name in sources:
                await self._start_again(name)
            live.go_on()
            raise

    async def _become_quiet(self) -> None:
        """Wait until no message is under way, then have nodes that go send on what they have collected."""
        try:
            async with asyncio.timeout(self._left()):
                await self.live.quiet()
                for name, node in self.going.items():
                    if name not in self.fresh or not may_go_on(node, self.fresh[name]):
                        self.live.flush(name)
                        await self.live.quiet()
                await self.live.around.failures.written()
                await self.live.memory.store()
        except TimeoutError:
            self.live.log.warning("%s: the deploy waits no longer for what is under way", self.plan.name)

    async def _start_again(self, name: str) -> None:
        """Start a source again that was stopped for this; it remembers what it did."""
        live, old = self.live, self.going[name]
        node = live.build(live.plan.nodes[name], live.connections)
        assert isinstance(node, Source)
        node.restore(old.state())
        live.exchange_source(name, node)
        try:
            await node.start()
        except Exception as error:  # noqa: BLE001 - whatever a node raises, the deploy has failed already
            node.status("error", f"did not start again: {error}")

    async def _undo(self) -> None:
        for node in reversed(self.started):
            await self.live.stop_node(node)
        for planned in reversed(self.connected):
            await self.live.around.connections.release(planned)

    # --- after the switch ---

    async def _stop_old(self) -> None:
        live = self.live
        gone = set(self.going.values())
        live.started = [node for node in live.started if node not in gone] + self.started
        for node in (*self.spare, *reversed(self.going.values())):
            if not isinstance(node, Source):  # those have been stopped before their successors started
                await live.stop_node(node)
        connected, live.connected, live.connections = live.connected, self.connected, self.connections
        for planned in reversed(connected):
            await live.around.connections.release(planned)

    # --- the switch: no await in it ---

    def _hand_over(self, nodes: dict[str, Node]) -> bool:
        """Have nodes of the same class go on with what the old ones remember; returns whether there are any."""
        for name, new in self.fresh.items():
            old = self.going.get(name)
            if isinstance(new, Source) or old is None or not may_go_on(old, new):
                continue
            heir = self.live.build(self.plan.nodes[name], self.connections)
            if hand_over(self.live, name, old, heir, new):
                self.handed_over.add(name)
                self.spare.append(new)
                self.started[self.started.index(new)] = nodes[name] = heir
            else:
                self.spare.append(heir)
        return bool(self.handed_over)

    def _switch(self, prepared: Prepared) -> None:
        live = self.live
        for name in self.going.keys() - self.handed_over:
            live.flush(name)
            live.keep_unsent(name, "when the node was replaced or removed")
        for name in [name for name in live.inboxes if name not in prepared.nodes]:
            self._keep_waiting(name, live.inboxes[name])
        live.install(prepared)
        live.memory.begin()

    def _keep_waiting(self, name: str, inbox: Channel) -> None:
        """Keep what still waits for a node as dead letters, because it is no more."""
        on_disk = self.live.memory.spilled(name)
        inbox.open_wide()
        inbox.items.extendleft(reversed(on_disk))
        while inbox.items:
            msg, delivery, port = inbox.take()
            error = RuntimeError("not handled in time when the node was removed")
            self.live.failed(name, error, msg, delivery, port)
            if delivery is not None:
                delivery.finish()
