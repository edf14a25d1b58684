"""What people do to flows that run: start, stop, press buttons, give messages, move widgets, replay dead letters."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from flowengine.errors import BadData, DeployFailed, NotAllowed, NotFound
from flowengine.message import Message
from flowengine.plain import from_plain
from flowengine.service.answers import DeployInvalid, Replayed
from flowengine.service.checking import Checking
from flowengine.service.deploys.plans import prepare
from flowengine.service.standing import Standing
from flowengine.store.dead_letters import DeadLetters

LOG = logging.getLogger("flowengine.service")

BATCH = 20
"""Letters that are replayed before the engine's loop goes on with other things."""


class Running:
    """Acts on flows that run, or are to run. Everything here runs on the engine's loop."""

    def __init__(self, standing: Standing, checking: Checking, dead_letters: DeadLetters) -> None:
        self._standing = standing
        self._checking = checking
        self._letters = dead_letters
        self._complained = ""

    async def start(self, name: str) -> None:
        """Start a flow that does not run.

        Raises:
            NotFound: there is no such flow.
            NotAllowed: it is a subflow, or disabled.
            FlowInvalid: it has errors.
            DeployFailed: it did not start.
        """
        standing = self._standing
        file = standing.live.file(name)
        if name in standing.engine.flows:
            return
        if file.flow is not None and file.flow.subflow is not None:
            raise NotAllowed(f"'{name}' is a subflow: it runs in the flows that use it")
        if file.flow is not None and file.flow.disabled:
            raise NotAllowed(f"'{name}' is disabled: enable it and deploy it")
        prepared = await asyncio.to_thread(prepare, standing.live, [name], [], {}, (), "changed", self._checking)
        if prepared.blocking or name not in prepared.plans:
            raise DeployInvalid(tuple(prepared.found))
        plan = prepared.plans[name]
        try:
            await standing.engine.deploy(plan, standing.taps(plan))
        except DeployFailed as error:
            standing.failed(name, error)
            raise
        finally:
            standing.stopped.discard(name)
            standing.tell()
        standing.good(name)

    async def stop(self, name: str, drain: float) -> None:
        """Drain and stop a flow until its next deploy, or the next start of the engine.

        Raises:
            NotFound: there is no such flow.
        """
        standing = self._standing
        standing.live.file(name)
        standing.stopped.add(name)
        if name in standing.engine.flows:
            await standing.engine.undeploy(name, drain)
        standing.good(name)
        standing.tell()

    async def inject(self, flow: str, node: str, message: Mapping[str, Any] | None, port: str) -> None:
        """Give a message to a node, or press its button.

        Raises:
            NotFound: there is no such running flow, node, port or button.
            NotAllowed: a message for an actuator: machines are commanded by their flow alone.
            BadData: the message cannot be one.
        """
        engine = self._standing.engine
        if message is None:
            await engine.inject(flow, node)
            return
        running = engine.flows.get(flow)
        target = running.plan.nodes.get(node) if running is not None else None
        if target is not None and target.cls.kind == "actuator":
            raise NotAllowed(
                f"'{node}' is an actuator, which only its flow commands: give the message to a node before it"
            )
        try:
            msg = Message.from_dict(from_plain(dict(message)))
        except (ValueError, TypeError) as error:
            raise BadData(f"this is no message: {error}") from error
        await engine.inject(flow, node, msg, port)

    async def operate(self, flow: str, node: str, value: Any) -> None:
        """Do what an operator did to a node's widget.

        Raises:
            NotFound: there is no such flow or node, or nothing can be moved there.
            BadData: the value does not fit.
        """
        await self._standing.engine.operate(flow, node, value)

    async def replay(self, numbers: Iterable[int]) -> Replayed:
        """Give dead letters back to the nodes where they failed, and forget them."""
        done: list[int] = []
        failed: dict[int, str] = {}
        for count, number in enumerate(dict.fromkeys(numbers), 1):
            try:
                await self._standing.engine.replay(number)
                done.append(number)
            except NotFound as error:
                failed[number] = str(error)
            except (OSError, sqlite3.Error) as error:
                failed[number] = f"it was given back, but stays in the list, as that cannot be written: {error}"
            if count % BATCH == 0:
                await asyncio.sleep(0)
        return Replayed(tuple(done), failed)

    async def replay_requested(self) -> int:
        """Give back the dead letters that someone has asked to replay from another process; returns how many.

        One whose flow or node no longer runs stays in the list, and the log says so. While the list cannot be used
        nothing is replayed; it is asked for again.
        """
        try:
            asked = self._letters.take_requests()
        except (OSError, sqlite3.Error) as error:
            if str(error) != self._complained:
                self._complained = str(error)
                LOG.error("dead letters cannot be looked at: %s; what is asked to be replayed waits", error)
            return 0
        self._complained = ""
        result = await self.replay(asked)
        for number, why in result.failed.items():
            LOG.warning("dead letter %d is not replayed: %s", number, why)
        return len(result.done)

    def delete(self, numbers: Iterable[int]) -> Replayed:
        """Delete dead letters; from any thread."""
        done: list[int] = []
        failed: dict[int, str] = {}
        for number in dict.fromkeys(numbers):
            if self._letters.remove([number]):
                done.append(number)
            else:
                failed[number] = f"there is no dead letter {number}"
        return Replayed(tuple(done), failed)
