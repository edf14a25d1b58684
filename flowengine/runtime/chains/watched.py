"""Watches chains with a bounded share of the engine's time.

While somebody watches a flow, the `run` of its chains is exchanged for one that tells of the messages that pass, and
exchanged back as soon as the share of the running tick is used up. So a slow flow is followed message by message, a
fast one is sampled, and a flow that nobody watches runs nothing but its own code.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from typing import Final, Protocol

from flowengine.clock import Clock
from flowengine.message import Message
from flowengine.runtime.chains.chain import Chain, Run
from flowengine.runtime.delivery import Delivery
from flowengine.telemetry.observer import See, Sight

TICK: Final = 0.1
"""Seconds between two allowances: in each tick only so many messages are watched."""

MOST_MESSAGES: Final = 20
"""Messages of one chain that are watched in a tick."""

MOST_REPORTS: Final = 500
"""Reports of messages in one tick, of all chains of an engine together."""

MOST_COMPILED: Final = 50
"""Nodes whose watched variants are compiled in one tick, about 4 ms of work; other chains wait for the next tick."""


class Watched(Protocol):
    """One place that is watched."""

    weight: int
    """How many times a message is told of there, at most."""

    def arm(self) -> None:
        """Watch again, with a new share."""


class Budget:
    """What all watched chains of an engine may cost."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.reports = MOST_REPORTS
        self.compiling = MOST_COMPILED
        self._begun: list[Watched] = []
        self._turned_away: list[Watched] = []
        self._timer: asyncio.TimerHandle | None = None

    def share(self, watched: Watched) -> int:
        """Return how many messages may be watched somewhere in this tick; asked by the first message of a tick."""
        if self._timer is None:
            self._timer = self.clock.call_later(TICK, self._tick)
        if self.reports <= 0 or self.compiling <= 0:
            self._turned_away.append(watched)
            return 0
        self._begun.append(watched)
        return max(1, min(MOST_MESSAGES, self.reports // watched.weight))

    def close(self) -> None:
        """Stop the timer; chains that have used their share stay unwatched."""
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        """Give out new shares: to those that were turned away before all others, so that each gets its turn."""
        self._timer = None
        self.reports, self.compiling = MOST_REPORTS, MOST_COMPILED
        if self._turned_away:
            again, self._turned_away = self._turned_away, []
        else:
            again, self._begun = self._begun, []
        for watched in again:
            watched.arm()
        if self._begun:
            self._timer = self.clock.call_later(TICK, self._tick)


class WatchedChain:
    """One chain while somebody watches its flow."""

    def __init__(self, chain: Chain, sight: Sight, budget: Budget) -> None:
        self.chain = chain
        self.weight = 1
        """How many times a message is told of on its way through the chain, at most."""
        self._sight = sight
        self._budget = budget
        self._left = -1
        """Messages that may still be watched in this tick; -1: not asked for yet."""
        self._variant: Run | None = None
        self._over = False
        self.arm()

    def arm(self) -> None:
        """Watch again, with a new share."""
        if not self._over:
            self._left = -1
            self.chain.run = self._run

    def end(self) -> None:
        """Watch no more."""
        self._over = True
        self.chain.run = self.chain.plain

    def _run(self, batch: list[Message], delivery: Delivery | None) -> None:
        """Run a batch, its last messages in sight as far as the share goes."""
        if self._left < 0:
            self._left = self._budget.share(self)
        count = min(self._left, len(batch))
        self._left -= count
        if not self._left:
            self.chain.run = self.chain.plain
        if count < len(batch):
            self.chain.plain(batch[: len(batch) - count] if count else batch, delivery)
            batch = batch[len(batch) - count :]
        if count:
            variant = self._variant or self._compile()
            self._budget.reports -= count * self.weight
            variant(batch, delivery)

    def _compile(self) -> Run:
        self._variant, self.weight = self.chain.watched(self._sight)
        self._budget.compiling -= 1 + len(self.chain.touched)
        return self._variant


class WatchedInbox:
    """What comes to one node from its inbox, while somebody watches its flow."""

    weight = 1

    def __init__(self, node: str, sight: Sight, budget: Budget) -> None:
        self._node = node
        self._sight = sight
        self._budget = budget
        self._sees: dict[str, See] = {}
        self._left = -1

    def arm(self) -> None:
        """Watch again, with a new share."""
        self._left = -1

    def see(self, port: str, msg: Message) -> None:
        """Tell of a message, as far as the share goes."""
        if not self._left:
            return
        if self._left < 0:
            self._left = self._budget.share(self)
            if not self._left:
                return
        self._left -= 1
        self._budget.reports -= 1
        see = self._sees.get(port)
        if see is None:
            see = self._sees[port] = self._sight.coming(self._node, port)
        see(msg)


class WatchedPart:
    """The chains and inboxes of one part, watched or not."""

    def __init__(self, sight: Sight, budget: Budget) -> None:
        self.inputs: dict[str, WatchedInbox] = {}
        """Empty while nobody watches."""
        self._on = False
        self._sight = sight
        self._budget = budget
        self._chains: dict[Chain, WatchedChain] = {}

    def turn(self, on: bool, chains: Iterable[Chain], stages: Collection[str]) -> None:
        """Begin or cease to watch."""
        self._on = on
        self.renew(chains, stages)

    def add(self, chain: Chain) -> None:
        """Hear of a chain that has just been compiled."""
        if self._on:
            self._chains[chain] = WatchedChain(chain, self._sight, self._budget)

    def renew(self, chains: Iterable[Chain], stages: Collection[str]) -> None:
        """Hear which chains and nodes with an inbox there are from now on."""
        wanted = set(chains) if self._on else set()
        for chain in [chain for chain in self._chains if chain not in wanted]:
            self._chains.pop(chain).end()
        for chain in wanted - self._chains.keys():
            self.add(chain)
        names = stages if self._on else ()
        self.inputs = {name: self.inputs.get(name) or WatchedInbox(name, self._sight, self._budget) for name in names}
