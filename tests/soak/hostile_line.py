"""Lines to the field process in wrong hands: of a worker that has been taken over, and of one that is out of date.

They come by the parent's own door, as each worker's does. What is said on them is made here byte by byte: commands with
any value, in anybody's name, to any place; frames that were heard before, on another line; frames that are none.
"""

from __future__ import annotations

import random
import socket
from types import SimpleNamespace
from typing import Any, Final

import msgspec

from flowengine.field import frames
from flowengine.message import Message
from flowengine.processes.link import Frame, Wrong
from flowengine.store.packing import extension, pack_value
from flowengine.workers.fleet import Fleet
from tests.soak import hostile_plant
from tests.soak.hostile_plant import NONSENSE, PLACES

WRITERS: Final = ("oven/heater", "oven/valve", "oven/speed", "oven/lamp", "evil/w0", "*/*", "/", "../oven/heater")
PATIENCE = 60
FLOOD = 60
"""Frames that are said at once."""
NODES = 24
"""Nodes that one line has open at most."""

_answers = msgspec.msgpack.Decoder(tuple[int, Any], ext_hook=extension)


class Stranger:
    """One line; every request is answered before the next lot is sent."""

    def __init__(self, fleet: Fleet, epoch: int, rng: random.Random) -> None:
        """Have the parent join one more worker; on the loop of the fleet."""
        assert fleet.field is not None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            fleet.field.join(SimpleNamespace(name="worker 666", epoch=epoch, door=ours))  # type: ignore[arg-type]
            _, files, _, _ = socket.recv_fds(theirs, 100, 1)
        self._end = socket.socket(fileno=files[0])
        self._end.settimeout(PATIENCE)
        self._rng, self._number, self._read = rng, 0, b""
        self.done = self.refused = 0
        self.heard: list[bytes] = []
        """Some of what was said, to be said again elsewhere."""

    def close(self) -> None:
        """Hang up."""
        self._end.close()

    def attack(self, port: int, requests: int, replay: list[bytes]) -> int:
        """Say so many frames, and return how many; `replay`: what was said on another line."""
        for size in [FLOOD] * (requests // FLOOD) + [requests % FLOOD]:
            self._say(port, size, replay)
        return requests

    def _say(self, port: int, requests: int, replay: list[bytes]) -> None:
        """Say so many frames at once, and wait for the answers."""
        lot, awaited = [], set()
        for _ in range(requests):
            dice = self._rng.random()
            if dice < 0.9:
                self._number += 1
                awaited.add(self._number)
                lot.append(_frame(self._number, self._request(port)))
            elif dice < 0.94:
                lot.append(_frame(0, self._event()))
            elif dice < 0.97 and replay:
                lot.append(self._rng.choice(replay))
            else:
                lot.append(_junk(self._rng))
        self.heard = [*self._rng.sample(lot, min(20, len(lot))), *self.heard][:200]
        self._end.sendall(b"".join(lot))
        while awaited:
            awaited.discard(self._answer())

    def _request(self, port: int) -> Frame:
        rng = self._rng
        number, dice = rng.randrange(NODES), rng.random()
        if self._number <= NODES or dice < 0.02:
            return self._open(port, self._number % NODES)
        if dice < 0.03:
            return frames.Close(number)
        if dice < 0.04:
            return frames.Process(number, "", self._message())
        return frames.Command(number, rng.choice(("in",) * 20 + ("", "error", "\x00")), self._message())

    def _open(self, port: int, number: int) -> Frame:
        rng = self._rng
        name = rng.choice(sorted(PLACES))
        place = dict(PLACES[name])
        if rng.random() < 0.15:
            place["address"] = rng.randrange(100)
        if rng.random() < 0.1:
            place["data_type"] = rng.choice(("int16", "uint16", "float32", "float64", "string", "wild"))
        flow, _, node = (f"oven/{name}" if rng.random() < 0.7 else rng.choice(WRITERS)).partition("/")
        more: dict[str, Any] = rng.choice(({},) * 8 + ({"timeout": 0.7}, {"unit": 2}))
        found = {name: (one["type"], one["options"]) for name, one in hostile_plant.connections(port, **more).items()}
        kind = rng.choice(("modbus/write",) * 30 + ("modbus/request", "modbus/read", "values/python", "nobody/knows"))
        options = pack_value({"connection": "plc", **place})
        return frames.Open(number, flow, node, kind, options, pack_value(found), {}, rng.choice((b"", b"\x80", b"?")))

    def _message(self) -> Message:
        rng = self._rng
        value = rng.choice(NONSENSE) if rng.random() < 0.4 else rng.choice((rng.uniform(-20, 130), rng.randrange(99)))
        time = rng.choice((0.0, 0.0, 0.0, 1.0, 1e12, -1.0))
        return Message(value, time=time, properties=rng.choice(({}, {}, {"unit": "%"}, {"address": 40})))

    def _event(self) -> Frame:
        rng, number = self._rng, self._rng.randrange(NODES)
        credit = rng.choice((1, 0, -1, 10**6))
        return rng.choice((frames.Alive(), frames.Read(number, credit), frames.Finished(number, [0, -1, 2**60])))

    def _answer(self) -> int:
        """Return the number of the next request that is answered."""
        while True:
            length = int.from_bytes(self._read[:4], "big")
            if len(self._read) >= 4 + length and len(self._read) >= 4:
                raw, self._read = self._read[4 : 4 + length], self._read[4 + length :]
                number, body = _answers.decode(raw)
                if number < 0:
                    wrong = body[0] == Wrong.__name__
                    self.refused, self.done = self.refused + wrong, self.done + (not wrong)
                    return -int(number)
                continue
            more = self._end.recv(1 << 20)
            if not more:
                raise ConnectionError("the field process has hung up")
            self._read += more


def _frame(number: int, body: Frame) -> bytes:
    try:
        raw = msgspec.msgpack.encode((number, body), enc_hook=repr)
    except OverflowError:
        raw = pack_value(msgspec.to_builtins((number, body), builtin_types=(bytes,), enc_hook=repr))
    return len(raw).to_bytes(4, "big") + raw


def _junk(rng: random.Random) -> bytes:
    """Return a frame of the right length with nothing good in it."""
    body = rng.choice(
        (
            rng.randbytes(rng.randrange(1, 60)),
            msgspec.msgpack.encode((0, ["SetupField", 10, b""])),
            msgspec.msgpack.encode((0, ["GuardAct", b"\x81"])),
            msgspec.msgpack.encode((0, ["Hello", "worker 1", 2**60])),
            msgspec.msgpack.encode((-1, ["Done", None])),
            msgspec.msgpack.encode((0, ["Command", 0, "", {"payload": 5000}])),
            b"",
        )
    )
    return len(body).to_bytes(4, "big") + body
