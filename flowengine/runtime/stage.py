"""Stages: what takes messages out of an inbox. One task each; they never let the loop starve."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from flowengine.clock import Clock
from flowengine.errors import Retryable
from flowengine.message import Message
from flowengine.node import Actuator, AsyncTransform, Node, handlers
from flowengine.runtime import actuation
from flowengine.runtime.channel import Channel, Item, room_in
from flowengine.runtime.delivery import Delivery

if TYPE_CHECKING:
    from flowengine.runtime.reading import Ledger

LONGEST_TURN: Final = 0.002
"""Seconds that a stage or source works before it lets the others on the loop have a turn."""

BATCH: Final = 256
"""Messages that pass a chain together; it is also how far a full inbox can be exceeded."""


class Turn:
    """Says when it is time to let others run. It asks the machine's clock, as this is about the machine's time."""

    def __init__(self) -> None:
        self.end = time.perf_counter() + LONGEST_TURN

    async def over(self) -> bool:
        """Let others run if the turn has lasted long enough; returns whether it had."""
        if time.perf_counter() > self.end:
            await asyncio.sleep(0)
            self.end = time.perf_counter() + LONGEST_TURN
            return True
        return False


class Outlet(Protocol):
    """Where a stage's results and failures go: its part."""

    clock: Clock
    ledger: Ledger | None

    def send(self, node: str, result: Any, delivery: Delivery | None) -> None:
        """Send on what a node returned."""

    def failed(self, node: str, error: Exception, msg: Message, delivery: Delivery | None, port: str = "") -> None:
        """Deal with a message that failed."""

    def unfinished(self, node: str, msg: Message, delivery: Delivery | None, port: str) -> None:
        """Deal with a message that the node was still busy with when the flow stopped."""

    def seen(self, node: str, port: str, msg: Message) -> None:
        """Show a message to whoever taps the node."""

    def gates(self, node: str) -> list[Channel]:
        """Return the inboxes that a node's results can fill."""


class Stage:
    """One node with an inbox."""

    def __init__(self, name: str, inbox: Channel, outlet: Outlet, fed_back: list[tuple[str, list[Message]]]) -> None:
        self.name = name
        self.inbox = inbox
        self.outlet = outlet
        self.fed_back = fed_back
        """Ports with the places where messages of feedback wires wait."""
        self.busy = 0
        """Messages taken from the inbox and not finished with."""
        self.paused = False
        """Whether it takes nothing more from the inbox, as a deploy replaces it."""
        self._resumed = asyncio.Event()

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to do."""
        return not self.busy and not self.inbox.depth

    async def run(self) -> None:
        """Take messages until cancelled."""
        raise NotImplementedError

    def begun(self) -> list[Item]:
        """Return the messages taken from the inbox and not finished with, in order."""
        return []

    async def rest(self) -> None:
        """Return when it may take messages again."""
        while self.paused:
            self._resumed.clear()
            await self._resumed.wait()

    def resume(self) -> None:
        """Go on taking messages."""
        self.paused = False
        self._resumed.set()

    def too_old(self, item: Item) -> bool:
        """Say whether a message is too old to be handled; it has failed then."""
        msg, delivery, port = item
        age = self.outlet.clock.now() - msg.time
        if age <= self.inbox.max_age:
            return False
        error = actuation.TooOld(f"it is {age:.3g} s old, and may be {self.inbox.max_age:g} s old at most")
        self.outlet.failed(self.name, error, msg, delivery, port)
        if delivery is not None:
            delivery.finish()
        return True

    def take(self) -> tuple[Message, Delivery | None, str]:
        """Take the next message, one that a feedback wire brought before all others."""
        for port, place in self.fed_back:
            if place:
                return place.pop(), None, port
        return self.inbox.take()


class Relay(Stage):
    """A chain that begins at an inbox: behind a part's border or a wire with a queue of its own."""

    def __init__(
        self,
        name: str,
        inbox: Channel,
        outlet: Outlet,
        fed_back: list[tuple[str, list[Message]]],
        enter: Callable[[str, list[Message], Delivery | None], None],
    ) -> None:
        super().__init__(name, inbox, outlet, fed_back)
        self.enter = enter

    async def run(self) -> None:
        """Give the messages to the chain, those together that belong together."""
        turn = Turn()
        inbox = self.inbox
        while True:
            await inbox.wait()
            self.busy = 1
            await room_in(self.outlet.gates(self.name))
            while inbox.items:
                msg, delivery, port = inbox.take()
                if inbox.max_age and self.too_old((msg, delivery, port)):
                    continue
                batch = [msg]
                items = inbox.items
                while (
                    items
                    and not inbox.max_age
                    and items[0][1] is delivery
                    and items[0][2] == port
                    and len(batch) < BATCH
                ):
                    batch.append(inbox.take()[0])
                    if delivery is not None:
                        delivery.pending -= 1  # the batch as a whole counts once
                self.enter(port, batch, delivery)
                if delivery is not None:
                    delivery.finish()
                await room_in(self.outlet.gates(self.name))
                await turn.over()
            self.busy = 0


class Concurrent(Stage):
    """A transform that does I/O: several messages under way, their results sent on in order."""

    def __init__(
        self, name: str, inbox: Channel, outlet: Outlet, fed_back: list[tuple[str, list[Message]]], node: AsyncTransform
    ) -> None:
        super().__init__(name, inbox, outlet, fed_back)
        self.node = node
        self.handlers = handlers(node)
        self.under_way: deque[tuple[asyncio.Future[Any], Message, Delivery | None, str]] = deque()
        self.wake = asyncio.Event()

    async def run(self) -> None:
        """Start messages as long as the limit allows, and send on results from the oldest."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._begin())
                group.create_task(self._send())
        finally:
            for task, msg, delivery, port in self.under_way:
                task.cancel()
                self.outlet.unfinished(self.name, msg, delivery, port)

    def begun(self) -> list[Item]:
        """Return the messages taken from the inbox and not finished with, in order."""
        return [(msg, delivery, port) for _, msg, delivery, port in self.under_way]

    async def _begin(self) -> None:
        while True:
            await self.inbox.wait()
            if self.paused:
                await self.rest()
            while self.busy >= self.node.concurrency:
                self.wake.clear()
                await self.wake.wait()
            await room_in(self.outlet.gates(self.name))
            if self.paused:
                continue
            msg, delivery, port = self.take()
            if self.inbox.max_age and self.too_old((msg, delivery, port)):
                continue
            self.busy += 1
            self.outlet.seen(self.name, port, msg)
            task = asyncio.ensure_future(self._handle(port, msg))
            self.under_way.append((task, msg, delivery, port))
            self.wake.set()

    async def _handle(self, port: str, msg: Message) -> Any:
        result = self.handlers[port](msg)
        return await result if isinstance(result, Awaitable) else result

    async def _send(self) -> None:
        while True:
            while not self.under_way:
                self.wake.clear()
                await self.wake.wait()
            task, msg, delivery, port = self.under_way[0]
            await asyncio.wait([task])
            self.under_way.popleft()
            error = asyncio.CancelledError() if task.cancelled() else task.exception()
            if error is None:
                self.outlet.send(self.name, task.result(), delivery)
            else:
                problem = error if isinstance(error, Exception) else RuntimeError("the node cancelled its own work")
                self.outlet.failed(self.name, problem, msg, delivery, port)
            if delivery is not None:
                delivery.finish()
            self.busy -= 1
            self.wake.set()


class Acting(Stage):
    """An actuator: writes begin in order, up to its `concurrency` under way at once.

    Where only one may be under way the stage itself waits for it; several need a task each.
    """

    def __init__(
        self, name: str, inbox: Channel, outlet: Outlet, fed_back: list[tuple[str, list[Message]]], node: Actuator
    ) -> None:
        super().__init__(name, inbox, outlet, fed_back)
        self.node = node
        self.handlers = handlers(node)
        self.first = type(node).inputs[0].name
        self.under_way: dict[asyncio.Future[None], tuple[Item, Message]] = {}
        """What was taken from the inbox, and the message that the node was given for it: with a key, where it has one.

        To a checkpoint it is still the message that waited, and so keeps its place before those behind it.
        """
        self.freed = asyncio.Event()
        self.only: Item | None = None
        """What is under way where that is one message at most."""

    def begun(self) -> list[Item]:
        """Return the messages taken from the inbox and not finished with, in order."""
        return [item for item, _ in self.under_way.values()] if self.only is None else [self.only]

    async def run(self) -> None:
        """Write until cancelled; writes still under way are then given up."""
        turn = Turn()
        inbox, outlet, most = self.inbox, self.outlet, self.node.concurrency
        try:
            while True:
                await inbox.wait()
                if self.paused:
                    await self.rest()
                while inbox.items:
                    while self.busy >= most:
                        self.freed.clear()
                        await self.freed.wait()
                    if outlet.ledger is not None and outlet.ledger.unsure:
                        await outlet.ledger.sure()
                    if self.paused:
                        break
                    item = msg, delivery, port = self.take()
                    if inbox.max_age and self.too_old(item):
                        continue
                    outlet.seen(self.name, port, msg)
                    given = msg
                    if outlet.ledger is not None and outlet.ledger.naming:
                        given = outlet.ledger.keyed(self.name, msg)
                    try:
                        if port == self.first:
                            pending = actuation.begin(self.node, given)
                        else:
                            pending = actuation.begin_at(self.node, self.handlers[port], given)
                    except Retryable as error:
                        pending = actuation.failed(error)
                    except Exception as error:  # noqa: BLE001 - whatever a node raises belongs to its message
                        outlet.failed(self.name, error, msg, delivery, port)
                        pending = None
                    if pending is None:
                        if delivery is not None:
                            delivery.finish()
                    elif most == 1:
                        await self._wait_for(pending, item, given)
                    else:
                        self._follow(pending, item, given)
                    await turn.over()
        finally:
            for task, (item, _) in self.under_way.items():
                task.remove_done_callback(self._ended)
                task.cancel()
                outlet.unfinished(self.name, *item)

    async def _wait_for(self, pending: Awaitable[None], item: Item, given: Message) -> None:
        """See the only write under way to its end; when the stage is stopped in it, it is not acknowledged."""
        msg, delivery, port = item
        self.busy = 1
        self.only = item
        try:
            await actuation.carry_through(self.node, given, self.outlet.clock, pending, self.inbox.max_age)
        except asyncio.CancelledError:
            if _is_cancelled():
                self.outlet.unfinished(self.name, msg, delivery, port)
                raise
            self.outlet.failed(self.name, RuntimeError("the node cancelled its own work"), msg, delivery, port)
        except Exception as error:  # noqa: BLE001 - whatever a node raises belongs to its message
            self.outlet.failed(self.name, error, msg, delivery, port)
        finally:
            self.busy = 0
            self.only = None
        if delivery is not None:
            delivery.finish()
        if _is_cancelled():  # the node has swallowed what was meant for the stage
            raise asyncio.CancelledError

    def _follow(self, pending: Awaitable[None], item: Item, given: Message) -> None:
        """Keep an eye on a write under way. A plain future needs no task until it has to be tried again."""
        task: asyncio.Future[None]
        if isinstance(pending, asyncio.Future):
            task = pending
        else:
            task = asyncio.ensure_future(
                actuation.carry_through(self.node, given, self.outlet.clock, pending, self.inbox.max_age)
            )
        self.busy += 1
        self.under_way[task] = item, given
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Future[None]) -> None:
        item, given = self.under_way.pop(task)
        msg, delivery, port = item
        self.busy -= 1
        self.freed.set()
        error = RuntimeError("the node cancelled its own work") if task.cancelled() else task.exception()
        if isinstance(error, Retryable) and not isinstance(task, asyncio.Task) and self.node.retry.attempts != 1:
            self._follow(actuation.failed(error), item, given)
            return
        if error is not None:
            problem = error if isinstance(error, Exception) else RuntimeError(str(error))
            self.outlet.failed(self.name, problem, msg, delivery, port)
        if delivery is not None:
            delivery.finish()


def stage_for(
    node: Node,
    name: str,
    inbox: Channel,
    outlet: Outlet,
    fed_back: list[tuple[str, list[Message]]],
    enter: Callable[[str, list[Message], Delivery | None], None],
) -> Stage:
    """Make the stage that fits a node."""
    if isinstance(node, Actuator):
        return Acting(name, inbox, outlet, fed_back, node)
    if isinstance(node, AsyncTransform):
        return Concurrent(name, inbox, outlet, fed_back, node)
    return Relay(name, inbox, outlet, fed_back, enter)


def _is_cancelled() -> bool:
    """Say whether it is the stage itself that is being stopped."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
