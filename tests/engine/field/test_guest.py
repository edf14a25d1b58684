"""A worker's line, its guest, and the gate in front of every command; both ends in one process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from flowengine.clock import Clock
from flowengine.errors import BadData, Refused, Retryable
from flowengine.field import frames
from flowengine.field.frames import Joined
from flowengine.field.gate import Gate, Output
from flowengine.field.guest import Fences, Guest
from flowengine.field.line import Line
from flowengine.field.stand_in import Remote, away, stand_in
from flowengine.flow.plan import PlannedConnection, PlannedNode
from flowengine.message import Message
from flowengine.node import Actuator, AsyncTransform, Node, Source
from flowengine.runtime.actuation import begin
from flowengine.runtime.connections import Connections
from flowengine.runtime.host import NodeHost
from flowengine.store.packing import pack_value
from flowengine.telemetry.observer import Observer
from tests.engine.field.bench_nodes import Bench, Fast, Slow, Tally, Twice
from tests.engine.workers.conftest import until

TYPES: dict[str, type[Node]] = {cls.type: cls for cls in (Bench, Fast, Slow, Tally, Twice)}
BENCH = PlannedConnection("bench", Bench, {})


class Limits(Gate):
    """Holds numbers at 100, and refuses what is below zero."""

    def __init__(self) -> None:
        self.silent: list[str] = []
        self.gone: list[tuple[str, list[str]]] = []

    async def before_write(self, output: Output, port: str, msg: Message) -> Message:
        if isinstance(msg.payload, int) and msg.payload < 0:
            raise Refused(f"{output.flow}/{output.node} may not go below 0")
        return msg.with_payload(min(100, msg.payload)) if isinstance(msg.payload, int) else msg

    def worker_silent(self, worker: str, outputs: Sequence[Output]) -> None:
        self.silent.append(worker)

    def worker_gone(self, worker: str, outputs: Sequence[Output]) -> None:
        self.gone.append((worker, [output.node for output in outputs]))


class Plant:
    """A field process without the process."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.gate = Limits()
        self.observer = Observer(self.clock)
        self.connections = Connections(self.clock, self.observer)
        self.fences: Fences = {}
        self.guests: list[Guest] = []

    async def worker(self, name: str, epoch: int) -> Line:
        """Join a worker."""
        line = Line()
        await self.join(line, name, epoch)
        return line

    async def join(self, line: Line, name: str = "w", epoch: int = 1) -> None:
        who = Joined(name, epoch)
        guest = Guest(TYPES, self.connections, self.gate, self.fences, lambda gone: None, who)
        self.guests.append(guest)
        ours, theirs = socket.socketpair()
        (door, other) = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with door, other, theirs:
            socket.send_fds(door, [b"x"], [theirs.fileno()])
            other.setblocking(False)
            line.take(other)
        await guest.begin(ours)
        await line.there()

    async def open(self, line: Line, cls: type[Node], keepsake: Any = None) -> Any:
        """Open a node for a worker, with what its stand-in kept; returns that."""
        planned = PlannedNode("node", cls, {"bench": "bench"})
        shown = {"bench": away(BENCH, self.clock, self.observer)}
        node = stand_in(Remote(line, "flow", planned, {"bench": BENCH}, shown, {}), cls)
        node._host = NodeHost(  # type: ignore[assignment, misc]
            "flow", "node", self.clock, {}, {}, lambda *args: None, lambda *args: None, self.observer
        )
        if keepsake is not None:
            node.regain(keepsake)
        await node.start()
        return node


def run(main: Callable[[Plant], Coroutine[Any, Any, None]]) -> None:
    async def work() -> None:
        plant = Plant()
        Slow.written.clear()
        await main(plant)
        for guest in plant.guests:
            await guest.close()
        assert Bench.opened == 0

    asyncio.run(work())


def test_a_stand_in_is_of_the_same_kind_with_the_same_type_and_ports() -> None:
    async def main(plant: Plant) -> None:
        line = await plant.worker("w", 1)
        for cls, kind in ((Fast, Source), (Twice, AsyncTransform), (Slow, Actuator)):
            node = await plant.open(line, cls)
            assert isinstance(node, kind)
            assert (node.type, type(node).inputs, type(node).outputs) == (cls.type, cls.inputs, cls.outputs)
            await node.stop()
        slow = await plant.open(line, Slow)
        assert slow.concurrency == 4
        twice = await plant.open(line, Twice)
        assert [msg.payload for msg in await twice.process(Message(4))] == [8]

    run(main)


def test_no_command_comes_to_its_device_but_through_the_gate() -> None:
    async def main(plant: Plant) -> None:
        node = await plant.open(await plant.worker("w", 1), Slow)
        writes = [begin(node, Message(payload)) for payload in (1, 2, 300)]
        await asyncio.gather(*[write for write in writes if write is not None])
        assert Slow.written == [1, 2, 100]
        for payload, error in ((-1, Refused), ("bad", BadData)):
            with pytest.raises(error):
                await node.write(Message(payload))
        assert Slow.written == [1, 2, 100]

    run(main)


def test_a_worker_whose_flow_has_gone_on_elsewhere_commands_nothing_any_more() -> None:
    async def main(plant: Plant) -> None:
        old = await plant.open(await plant.worker("old", 1), Slow)
        new = await plant.open(await plant.worker("new", 2), Slow)
        with pytest.raises(Refused, match="newer worker"):
            await old.write(Message(1))
        await new.write(Message(2))
        with pytest.raises(Refused, match="newer worker"):
            await plant.open(await plant.worker("older", 1), Slow)
        assert Slow.written == [2]

    run(main)


def test_a_worker_that_falls_silent_or_is_gone_is_noticed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main(plant: Plant) -> None:
        line = await plant.worker("w", 1)
        node = await plant.open(line, Slow)
        guest = plant.guests[0]
        guest.look_after()
        assert plant.gate.silent == []
        guest._heard -= 2
        guest.look_after()
        guest.look_after()
        assert plant.gate.silent == ["w"]
        line.beat()
        await until(lambda: guest._heard > plant.clock.monotonic() - 1)
        guest.look_after()
        write = asyncio.ensure_future(node.write(Message(1)))
        await asyncio.sleep(0)
        assert line._link is not None
        line._link.close()
        with pytest.raises(Retryable, match="is not known"):
            await write
        await until(lambda: plant.gate.gone == [("w", ["node"])])
        with pytest.raises(Retryable, match="being started again"):
            await node.write(Message(2))

    run(main)


def test_a_source_hears_what_is_done_and_goes_on_after_the_line_was_lost() -> None:
    async def main(plant: Plant) -> None:
        line = await plant.worker("w", 1)
        node = await plant.open(line, Fast)
        messages = node.run()
        got = [await anext(messages) for _ in range(20)]
        assert [msg.payload for msg in got] == list(range(20))
        node.done(got[:3])
        real: Any = next(iter(plant.guests[0]._hosted.values())).node
        await until(lambda: real.finished == [0, 1, 2])
        assert line._link is not None
        line._link.close()
        line._lost(line._link)
        assert node._host.status.level == "error"
        await plant.join(line)
        while (await anext(messages)).payload != 0:  # what was on its way comes before
            pass
        await until(lambda: node._host.status.level == "ok")
        await messages.aclose()

    run(main)


def test_what_a_node_remembers_is_known_in_its_worker_and_given_back_to_its_successor() -> None:
    async def main(plant: Plant) -> None:
        line = await plant.worker("w", 1)
        tally = await plant.open(line, Tally)
        assert tally.keepsake() is None
        assert not tally.remembers()
        await tally.process(Message(3))
        for _ in range(10):
            plant.guests[0].look_after()  # ten times a second
        await until(tally.keepsake)
        await tally.process(Message(4))
        await tally.stop()  # it tells what it remembered last

        again = await plant.open(await plant.worker("w", 2), Tally, tally.keepsake())
        assert [msg.payload for msg in await again.process(Message(1))] == [8]
        await plant.join(again._remote.line, epoch=2)  # another field process: it is opened there with what was told
        await until(lambda: plant.guests[-1].outputs == [] and plant.guests[-1]._hosted)
        assert [msg.payload for msg in await again.process(Message(1))] == [8]

    run(main)


def test_a_worker_that_is_broken_or_hostile_leaves_nothing_open_and_keeps_the_loop_from_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main(plant: Plant) -> None:
        line = await plant.worker("w", 1)
        assert line._link is not None
        bench, options = pack_value({"bench": (Bench.type, {})}), pack_value({"bench": "bench"})
        for _ in range(3):
            await line.ask(frames.Open(7, "flow", "node", Fast.type, options, bench, {}))
        assert Bench.opened == 1
        line.tell(frames.Read(7, 2**62))
        for junk in (b"\xc1", b"\x92\x00\x91\xa8GuardAct", b"\x93\x00\x01\x02"):
            line._link._transport.write(len(junk).to_bytes(4, "big") + junk)  # type: ignore[union-attr]
        with pytest.raises(Refused, match="is no actuator"):
            await line.ask(frames.Command(7, "", Message(1)))
        assert len([one for one in caplog.messages if "cannot be read" in one]) == 1
        await line.ask(frames.Close(7))
        await until(lambda: Bench.opened == 0)

    run(main)


def test_no_more_commands_wait_for_a_device_than_a_node_takes_at_once_so_that_a_safe_value_waits_for_few() -> None:
    async def main(plant: Plant) -> None:
        line = await plant.worker("w", 1)
        bench, options = pack_value({"bench": (Bench.type, {})}), pack_value({"bench": "bench"})
        await line.ask(frames.Open(7, "flow", "node", Slow.type, options, bench, {}))
        commands = [line.ask(frames.Command(7, "in", Message(n))) for n in range(6)]
        answers = await asyncio.gather(*commands, return_exceptions=True)
        assert [type(one) for one in answers] == [type(None)] * Slow.concurrency + [Retryable] * 2
        assert Slow.written == [0, 1, 2, 3]
        await line.ask(frames.Command(7, "in", Message(9)))
        assert Slow.written[-1] == 9

    run(main)


def test_a_node_that_cannot_start_with_what_it_remembered_starts_without() -> None:
    async def main(plant: Plant) -> None:
        tally = await plant.open(await plant.worker("w", 1), Tally, pack_value({"total": -1}))
        assert [msg.payload for msg in await tally.process(Message(1))] == [1]
        tally = await plant.open(await plant.worker("w", 2), Tally, pack_value({"total": "many"}))
        assert [msg.payload for msg in await tally.process(Message(2))] == [2]

    run(main)
