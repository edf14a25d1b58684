"""Kills an engine at random moments under load and counts what came of it, with a real broker.

MQTT at QoS 1 in, five transforms with a window and a delay among them, MQTT at QoS 1 out. This process is the load and
the judge; the engine is a child that is killed with SIGKILL, again and again.

    python -m tests.soak.kills --kills 200 --rate 500
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from flowengine.store.checkpoints import CheckpointFile
from flowengine.store.packing import unpack_value
from tests.plants.mosquitto import Mosquitto
from tests.soak.processes import Process, until

KEYS = 5
RECOVERED_WITHIN_S = 3.0
DELAY_S = 0.2
WINDOW = 10
"""Messages of a key in one window."""

RUN = ("flowengine", "run", "--port", "0")
"""How an engine is run."""

BROKER = ("max_queued_messages 0", "max_inflight_messages 1000")
"""Nothing is lost at the broker while the engine is away."""


def flow(port: int) -> dict[str, Any]:
    """Return the flow under test."""
    broker = {"host": "127.0.0.1", "port": port, "client_id": "engine", "clean_start": False, "session_expiry": 3600}
    found: dict[str, Any] = {
        "flowengine": 1,
        "connections": {"broker": {"type": "mqtt/broker", "options": broker}},
        "nodes": {
            "in": {
                "type": "mqtt/subscribe",
                "options": {"connection": "broker", "topic": "load/in/+", "qos": 1, "data_type": "json"},
            },
            "count": {"type": "debug/counter", "options": {"property": "count"}},
            "topic": {
                "type": "values/change",
                "options": {"rules": [{"property": "seen", "to": True, "to_type": "json"}]},
            },
            "hold": {"type": "timing/delay", "options": {"delay": DELAY_S, "size": 1_000_000}},
            "scale": {"type": "values/expression", "options": {"expression": "payload"}},
            "window": {
                "type": "windows/window",
                "options": {"count": WINDOW, "key": "topic", "property": "payload.n", "statistics": ["sum", "count"]},
            },
            "out": {"type": "mqtt/publish", "options": {"connection": "broker", "topic": "load/out", "qos": 1}},
            "sums": {"type": "mqtt/publish", "options": {"connection": "broker", "topic": "load/sums", "qos": 1}},
        },
        "wires": [
            {"from": "in", "to": "count"},
            {"from": "count", "to": "topic"},
            {"from": "topic", "to": "hold"},
            {"from": "hold", "to": "scale"},
            {"from": "scale", "to": "out"},
            {"from": "scale", "to": "window"},
            {"from": "window", "to": "sums"},
        ],
    }
    return found


class Subject(Protocol):
    """What is being judged."""

    def must_run(self) -> None:
        """Raise what it said last, if it has ended by itself."""


class Judge:
    """Sends numbered messages at a rate, and keeps what comes back, in order."""

    def __init__(self, port: int) -> None:
        self.sent = 0
        self.rate = 0.0
        self.got: list[int] = []
        self.times: list[float] = []
        self.latencies: list[float] = []
        self.newest_made = 0.0
        """When the newest that came back was made, in seconds since 1970, where the flow says so."""
        self.windows: list[tuple[int, int]] = []
        """The sum of each, and how many messages it holds."""
        self._at: dict[int, float] = {}
        self._stop = threading.Event()
        self._sending = threading.Lock()
        self._last: paho.MQTTMessageInfo | None = None
        self._pad = ""
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="judge", clean_session=False)
        self._client.max_queued_messages_set(0)
        self._client.max_inflight_messages_set(2000)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_message = self._took
        self._client.connect("127.0.0.1", port)
        self._client.subscribe([("load/out", 1), ("load/sums", 1)])
        self._client.loop_start()
        self._thread: threading.Thread | None = None

    def _took(self, client: paho.Client, data: object, message: paho.MQTTMessage) -> None:
        now = time.monotonic()
        found = json.loads(message.payload)
        if message.topic == "load/sums":
            self.windows.append((found["sum"], found["count"]))
            return
        self.got.append(found["n"])
        self.times.append(now)
        self.newest_made = found.get("made", 0.0)
        if found["n"] in self._at:
            self.latencies.append(now - self._at.pop(found["n"]))

    def begin(self, rate: float, size: int = 0) -> None:
        """Send from now on; `size` is that of the payload in bytes."""
        self._pad, self.rate = "x" * size, rate
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def _send(self) -> None:
        due, then = float(self.sent), time.monotonic()
        while not self._stop.wait(0.004):
            now = time.monotonic()
            due, then = due + (now - then) * self.rate, now
            with self._sending:
                while self.sent < int(due):
                    self._at[self.sent] = time.monotonic()
                    payload = json.dumps({"n": self.sent, "pad": self._pad} if self._pad else {"n": self.sent})
                    self._last = self._client.publish(f"load/in/{self.sent % KEYS}", payload, 1)
                    self.sent += 1

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Send nothing for a while, and make up for it after: the broker has acknowledged all that was sent before.

        So a broker that ends in this time loses no acknowledgement to us, and we send nothing twice or out of order.
        """
        with self._sending:
            if self._last is not None:
                self._last.wait_for_publish(30)
            yield
            until(self._client.is_connected, 30)

    def end(self) -> None:
        """Send no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._stop.clear()

    def wait_for_all(self, seconds: float = 120.0) -> None:
        """Wait until everything has come back, or for so long since the last that did."""
        last, since = -1, time.monotonic()
        whole = len(self.whole_windows())
        while time.monotonic() - since < seconds:
            found = len(set(self.got)) + len(set(self.windows))
            if found >= self.sent + whole:
                return
            if found != last:
                last, since = found, time.monotonic()
            time.sleep(0.05)

    def whole_windows(self) -> set[int]:
        """Return the sums of the windows that an engine sends that is not killed."""
        return {
            sum(key + KEYS * (start + n) for n in range(WINDOW))
            for key in range(KEYS)
            for start in range(0, len(range(key, self.sent, KEYS)) - WINDOW + 1, WINDOW)
        }

    def wait_for_new(self, seconds: float, engine: Subject) -> float:
        """Wait until an engine sends something that had not come back before; returns how long that took."""
        begin, known = time.monotonic(), set(self.got)
        place = len(self.got)
        while time.monotonic() - begin < seconds:
            if any(number not in known for number in self.got[place:]):
                return time.monotonic() - begin
            engine.must_run()
            time.sleep(0.01)
        raise TimeoutError(f"nothing new has come back for {seconds:g} s")

    def close(self) -> None:
        self.end()
        self._client.disconnect()
        self._client.loop_stop()


@dataclass
class Report:
    """What came of it."""

    seed: int
    kills: int
    sent: int = 0
    lost: int = 0
    doubled: int = 0
    most_doubled: int = 0
    """After one kill."""
    reordered: int = 0
    reordered_after: Counter[int] = field(default_factory=Counter)
    """How many of them after which kill, counted from 1."""
    recoveries: list[float] = field(default_factory=list)
    """Seconds from each kill to the first new message."""
    windows_wrong: int = 0
    """Windows that do not hold exactly the messages that an unkilled run would have in them, or that are missing."""
    counted: int = 0
    """What the counter remembers at the end."""

    @property
    def good(self) -> bool:
        """Whether nothing is lost or out of order, and what is remembered is that of a run without a kill."""
        return not (self.lost or self.reordered or self.windows_wrong) and self.counted == self.sent

    def __str__(self) -> str:
        slowest = max(self.recoveries, default=0.0)
        median = sorted(self.recoveries)[len(self.recoveries) // 2] if self.recoveries else 0.0
        return (
            f"seed {self.seed}: {self.kills} kills, {self.sent} messages, {self.lost} lost, "
            f"{self.reordered} reordered, {self.doubled} doubled (most after one kill {self.most_doubled}), "
            f"{self.counted} counted, {self.windows_wrong} windows wrong, "
            f"working again after {median:.2f} s (slowest {slowest:.2f} s)"
        )


class Engine(Process):
    """The child."""

    def __init__(self, folder: Path, *options: str, program: Sequence[str] = RUN) -> None:
        """Take the folder that holds the folder of flows; by default any free port serves the canvas.

        Another engine on this machine may serve its own at the usual one.
        """
        self.folder = folder
        super().__init__([sys.executable, "-m", *program, str(folder / "flows"), *options], folder / "engine.log")


def run(
    folder: Path,
    kills: int,
    rate: float,
    seed: int,
    apart: tuple[float, float] = (0.3, 1.5),
    program: Sequence[str] = RUN,
    sound: Callable[[], None] = lambda: None,
    build: Callable[[int], dict[str, Any]] = flow,
    beside: Callable[[Mosquitto], AbstractContextManager[object]] = lambda broker: nullcontext(),
) -> Report:
    """Kill an engine so many times under a load of `rate` messages a second.

    Args:
        folder: where everything is kept.
        kills: how many.
        rate: messages a second.
        seed: of the moments.
        apart: seconds between two kills, at least and at most.
        program: how the engine is run.
        sound: asked after each kill.
        build: makes the flow, for a broker at a port.
        beside: what runs beside it, with the same broker.
    """
    chance, report = random.Random(seed), Report(seed, kills)
    (folder / "flows").mkdir()
    (folder / "broker").mkdir()
    with Mosquitto(folder / "broker", *BROKER) as broker, beside(broker):
        (folder / "flows" / "load.json").write_text(json.dumps(build(broker.port)))
        engine, judge = Engine(folder, program=program), Judge(broker.port)
        engine.start()
        try:
            until(lambda: "Sending SUBACK to engine" in broker.log(), 60)  # its session is there from then on
            judge.begin(rate)
            judge.wait_for_new(60, engine)
            marks = []
            for _ in range(kills):
                time.sleep(chance.uniform(*apart))
                engine.kill()
                marks.append(len(judge.got))
                sound()
                engine.start()
                report.recoveries.append(judge.wait_for_new(60, engine))
            judge.end()
            judge.wait_for_all()
            engine.stop()
            judge_all(report, judge, marks)
            report.counted = counted(folder)
        finally:
            engine.end()
            judge.close()
    return report


def counted(folder: Path) -> int:
    """Return what the counter of an engine that was stopped remembers."""
    file = CheckpointFile(folder / "flows" / ".flowengine" / "flows" / "load.sqlite")
    try:
        return int(unpack_value(file.states()["node:count"].data)["count"])
    finally:
        file.close()


def judge_all(report: Report, judge: Judge, marks: list[int]) -> None:
    report.sent = judge.sent
    report.lost = judge.sent - len(set(judge.got))
    report.doubled = len(judge.got) - len(set(judge.got))
    seen: set[int] = set()
    newest = [-1] * KEYS
    after: Counter[int] = Counter()
    kill = 0
    for place, number in enumerate(judge.got):
        while kill < len(marks) and place >= marks[kill]:
            kill += 1
        if number in seen:
            after[kill] += 1
            continue
        seen.add(number)
        if number < newest[number % KEYS]:
            report.reordered += 1
            report.reordered_after[kill] += 1
        newest[number % KEYS] = max(number, newest[number % KEYS])
    report.most_doubled = max(after.values(), default=0)
    report.windows_wrong = len({total for total, _ in judge.windows} ^ judge.whole_windows())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = run(Path(folder), given.kills, given.rate, given.seed)
    print(report)
    sys.exit(not report.good or max(report.recoveries) > RECOVERED_WITHIN_S)


if __name__ == "__main__":
    main()
