"""All live flows: deploy, inject, look, stop."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from flowengine.clock import Clock
from flowengine.errors import DeployFailed, NotFound
from flowengine.flow.plan import Plan
from flowengine.message import Message
from flowengine.node import Status
from flowengine.runtime.connections import Connections
from flowengine.runtime.failures import Failures
from flowengine.runtime.live import LiveFlow, Surroundings
from flowengine.runtime.part import Tap
from flowengine.store.dead_letters import DeadLetters

DRAIN = 10.0
"""Seconds that a flow may take to finish what is under way when it is stopped."""


class Engine:
    """Runs flows on the event loop it is used from."""

    def __init__(
        self,
        clock: Clock | None = None,
        dead_letters: DeadLetters | None = None,
        environment: Mapping[str, str] | None = None,
        on_status: Callable[[str, str, Status], None] = lambda flow, node, status: None,
        on_failure: Callable[[str, str, Exception, Message | None], None] = lambda flow, node, error, msg: None,
    ) -> None:
        self.clock = clock or Clock()
        self.dead_letters = DeadLetters() if dead_letters is None else dead_letters
        self.flows: dict[str, LiveFlow] = {}
        self.around = Surroundings(
            clock=self.clock,
            connections=Connections(self.clock),
            failures=Failures(self.dead_letters),
            environment=os.environ if environment is None else environment,
            on_status=on_status,
            on_failure=on_failure,
        )

    async def deploy(self, plan: Plan, taps: Mapping[str, Tap] | None = None, drain: float = DRAIN) -> None:
        """Run a plan in place of the one of the same name.

        The old one is drained and stopped before the new one starts. If the new one fails to start, the old one is
        started again.

        Raises:
            DeployFailed: the new plan did not start; says whether the old one runs.
        """
        new = LiveFlow(plan, self.around, taps)
        old = self.flows.pop(plan.name, None)
        if old is None:
            await new.start()
            self.flows[plan.name] = new
            return
        kept = [old.plan.connections[name] for name in old.plan.connections]
        for connection in kept:  # so that a connection both plans use is not closed in between
            await self.around.connections.acquire(connection)
        try:
            await old.stop(drain)
            try:
                await new.start()
                self.flows[plan.name] = new
            except DeployFailed as error:
                again = LiveFlow(old.plan, self.around, old.taps)
                try:
                    await again.start()
                except DeployFailed as second:
                    raise DeployFailed(f"{error}; and the revision before it did not start again: {second}") from error
                self.flows[plan.name] = again
                raise DeployFailed(f"{error}; the revision before it runs on") from error
        finally:
            for connection in kept:
                await self.around.connections.release(connection)

    async def undeploy(self, name: str, drain: float = DRAIN) -> None:
        """Drain and stop a flow.

        Raises:
            NotFound: no flow of that name runs.
        """
        flow = self._flow(name)
        del self.flows[name]
        await flow.stop(drain)

    async def stop(self, drain: float = DRAIN) -> None:
        """Drain and stop all flows."""
        while self.flows:
            _, flow = self.flows.popitem()
            await flow.stop(drain)
        await self.around.failures.written()

    def inject(self, flow: str, node: str, msg: Message | None = None, port: str = "") -> None:
        """Give a message to a node as if a wire had brought it; None presses a source's button.

        Raises:
            NotFound: there is no such flow, node, port or button.
        """
        self._flow(flow).give(node, msg, port)

    def replay(self, number: int) -> None:
        """Give a dead letter back to the node where it failed, and delete it.

        Raises:
            NotFound: the letter, its flow or its node is gone; the letter, if there is one, stays.
        """
        letter = self.dead_letters.get(number)
        if letter is None:
            raise NotFound(f"there is no dead letter {number}")
        self.inject(letter.flow, letter.node, letter.message, letter.port)
        self.dead_letters.remove([number])

    def snapshot(self) -> dict[str, Any]:
        """Return the state of everything as JSON values: flows with nodes and wires, connections, dead letters."""
        return {
            "flows": {
                name: {
                    "nodes": flow.snapshot(),
                    "wires": [
                        {"from": f"{wire.source}.{wire.out}", "to": f"{wire.target}.{wire.port}", "passed": number}
                        for wire, number in flow.passed().items()
                    ],
                }
                for name, flow in self.flows.items()
            },
            "connections": self.around.connections.snapshot(),
            "dead_letters": {"kept": len(self.dead_letters), "dropped": self.dead_letters.dropped},
        }

    def _flow(self, name: str) -> LiveFlow:
        flow = self.flows.get(name)
        if flow is None:
            raise NotFound(f"no flow '{name}' runs; running: {', '.join(self.flows) or 'none'}")
        return flow
