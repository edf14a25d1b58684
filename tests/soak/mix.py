"""A seeded mix of kills, outages of the broker, deploys and load, and what came of it: by flowengine and by Node-RED.

One flow of MQTT at QoS 1 in and out, with a delay, a counter and a window, is under load while example flows run beside
it, and for flowengine a machine behind a signed envelope, each write to which is judged. Both systems meet the same
events in the same order, one after the other, each with a broker of its own.

    python -m tests.soak.mix --minutes 10 --seed 7
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from flowengine_bench.nodered import Installation, install
from tests.plants.mosquitto import Mosquitto
from tests.soak.kills import BROKER, Judge, Report, counted, judge_all
from tests.soak.subjects import NodeRed, Ours, Subject, wait_until_ready

EVENTS = {"kill": 4, "kill in a deploy": 2, "kill of a worker": 1, "outage": 2, "kill in an outage": 1, "deploys": 5}
"""What happens, and how often in comparison."""

RATES = (50, 500)
"""Messages a second; each event changes it."""

PAUSES_S = (0.5, 3.0)
OUTAGES_S = (0.5, 6.0)
NODE_RED_RELEASE = 4
"""The one that most plants run."""
NODE_RED_MINUTES = 2.0
"""So long at most: then its loss has shown."""
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Event:
    """One disturbance, drawn whole before it happens: what is drawn does not depend on how others go."""

    kind: str
    after: float
    """Seconds of calm before it."""
    rate: float
    """Messages a second in that calm."""
    moment: float
    """Seconds from the beginning of a deploy, or of an outage, to the kill in it."""
    away: float
    """Seconds that the broker is away."""
    deploys: int


def events(seed: int) -> Iterator[Event]:
    """Yield events without end."""
    chance = random.Random(seed)
    while True:
        kind = chance.choices(list(EVENTS), list(EVENTS.values()))[0]
        after, rate, moment = chance.uniform(*PAUSES_S), chance.uniform(*RATES), chance.uniform(0.0, 0.4)
        yield Event(kind, after, rate, moment, chance.uniform(*OUTAGES_S), chance.randint(1, 5))


@dataclass
class Course:
    """How one system fared."""

    name: str
    report: Report
    done: Counter[str] = field(default_factory=Counter)
    recoveries: dict[str, list[float]] = field(default_factory=dict)
    """By kind, seconds until a new message came out; of an outage from the broker's return on."""
    memory: list[float] = field(default_factory=list)
    """In MB, before each event."""
    happened: list[str] = field(default_factory=list)
    """The kinds of all events, in order."""
    writes: int = -1
    """How many the machine has taken; -1: there is none."""
    outside: list[str] = field(default_factory=list)
    """Those of them that lay outside the envelope."""

    def __str__(self) -> str:
        report = self.report
        lines = [
            f"{self.name}: {report.sent} messages, {report.lost} lost, {report.reordered} out of order, "
            f"{report.doubled} seen again by the sink (after one event {report.most_doubled} at most)"
        ]
        for number, count in sorted(report.reordered_after.items()):
            what = self.happened[number - 1] if number else "the beginning"
            lines.append(f"  {count} out of order after {what} (event {number})")
        if self.remembers:
            lines.append(f"  remembered: {report.counted} counted, {report.windows_wrong} windows wrong")
        for kind, times in self.recoveries.items():
            median, most = statistics.median(times), max(times)
            lines.append(f"  {kind}: {self.done[kind]}, working again after {median:.2f} s, {most:.2f} s at most")
        lines.append(f"  deploys: {self.done['deploys']}")
        if self.writes >= 0:
            lines.append(f"  machine: {self.writes} writes, {len(self.outside)} outside the envelope")
            lines += [f"    {one}" for one in self.outside[:20]]
        if self.memory:
            first, last, most = self.memory[0], self.memory[-1], max(self.memory)
            lines.append(f"  memory: {first:.0f} MB first, {last:.0f} MB last, {most:.0f} MB at most")
        return "\n".join(lines)

    @property
    def good(self) -> bool:
        """Whether nothing is lost or out of order, and the machine was written to, never outside its envelope."""
        return self.report.good and not self.outside and self.writes != 0

    @property
    def remembers(self) -> bool:
        """Whether it counts and has windows."""
        return self.report.counted >= 0


class Mix:
    """Has events happen to one system."""

    def __init__(self, subject: Subject, broker: Mosquitto, judge: Judge, course: Course) -> None:
        self._subject, self._broker, self._judge, self._course = subject, broker, judge, course
        self._deploys = 0
        self.marks: list[int] = []
        """How much had come back at each event."""

    def happen(self, event: Event) -> None:
        """Wait for its moment, do it, and wait until all works again.

        Raises:
            TimeoutError, RuntimeError: nothing comes out any more.
        """
        self._judge.rate = event.rate
        time.sleep(event.after)
        self._subject.must_run()
        self._course.memory.append(self._subject.resident_mb())
        self.marks.append(len(self._judge.got))
        self._course.happened.append(event.kind)
        act = {
            "kill": self._kill,
            "kill in a deploy": self._kill_in_a_deploy,
            "kill of a worker": self._kill_a_worker,
            "outage": self._outage,
            "kill in an outage": self._kill_in_an_outage,
            "deploys": self._deploy,
        }[event.kind]
        if act(event) is not False:
            self._course.done[event.kind] += 1 if event.kind != "deploys" else event.deploys
            took = self._judge.wait_for_new(PATIENCE_S, self._subject)
            if event.kind != "deploys":
                self._course.recoveries.setdefault(event.kind, []).append(took)

    def _kill(self, event: Event) -> None:
        self._subject.kill()
        self._subject.start()

    def _kill_in_a_deploy(self, event: Event) -> None:
        self._deploys += 1
        deploying = threading.Thread(target=_whatever_comes_of_it, args=(self._subject.deploy, self._deploys))
        deploying.start()
        time.sleep(event.moment)
        self._kill(event)
        deploying.join()

    def _kill_a_worker(self, event: Event) -> bool:
        return self._subject.kill_worker()

    def _outage(self, event: Event) -> None:
        with self._judge.silence():
            self._broker.stop()
            time.sleep(event.away)
            self._broker.start()

    def _kill_in_an_outage(self, event: Event) -> None:
        with self._judge.silence():
            self._broker.stop()
            time.sleep(event.moment)
            self._kill(event)
            time.sleep(event.away)
            self._broker.start()

    def _deploy(self, event: Event) -> None:
        for _ in range(event.deploys):
            self._deploys += 1
            until = time.monotonic() + PATIENCE_S
            while True:  # after a kill its API is there a little later than its flows
                try:
                    self._subject.deploy(self._deploys)
                    break
                except OSError:
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.1)


def _whatever_comes_of_it(deploy: Callable[[int], None], number: int) -> None:
    with suppress(Exception):  # it is being killed
        deploy(number)


def run(
    name: str,
    folder: Path,
    minutes: float,
    seed: int,
    build: Callable[[Path, Mosquitto], Subject],
    tell: Callable[[str], None] = lambda line: None,
) -> Course:
    """Have one system live through so many minutes of the mix of a seed, and judge what came out.

    Raises:
        TimeoutError, RuntimeError: it has ended by itself, or nothing comes out of it any more.
    """
    course = Course(name, Report(seed, 0))
    (folder / "broker").mkdir(parents=True)
    with Mosquitto(folder / "broker", *BROKER) as broker:
        subject, judge = build(folder, broker), Judge(broker.port)
        mix = Mix(subject, broker, judge, course)
        subject.start()
        try:
            wait_until_ready(subject, broker)
            judge.begin(RATES[0])
            judge.wait_for_new(PATIENCE_S, subject)
            begin = time.monotonic()
            for event in events(seed):
                if time.monotonic() - begin > minutes * 60:
                    break
                mix.happen(event)
                tell(f"{name} {time.monotonic() - begin:6.1f} s  {event.kind}")
            if isinstance(subject, Ours):  # a start takes long on a busy machine
                subject.plant.wait_for_a_write(PATIENCE_S)
            judge.end()
            judge.wait_for_all()
            subject.stop()
            judge_all(course.report, judge, mix.marks)
            course.report.counted = counted(folder) if isinstance(subject, Ours) else -1
        finally:
            judge.close()
            subject.end()
            if isinstance(subject, Ours):
                course.writes, course.outside = subject.plant.judge.writes, subject.plant.judge.outside
    return course


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--no-nodered", action="store_true", help="leave Node-RED out")
    given = parser.parse_args()
    print(f"seed {given.seed} (SEED={given.seed} repeats it), {given.minutes:g} minutes", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        ours = run("flowengine", Path(folder) / "ours", given.minutes, given.seed, Ours, _tell)
        print(ours, flush=True)
        if not given.no_nodered:
            _beside(Path(folder) / "node-red", min(given.minutes, NODE_RED_MINUTES), given.seed)
    sys.exit(not ours.good)


def _beside(folder: Path, minutes: float, seed: int) -> None:
    found = install(release=NODE_RED_RELEASE)
    if not isinstance(found, Installation):
        print(f"no Node-RED beside it: {found.reason}")
        return
    name = f"Node-RED {found.versions['node-red']}"
    try:
        print(run(name, folder, minutes, seed, lambda home, broker: NodeRed(home, broker, found), _tell))
    except (TimeoutError, RuntimeError) as error:
        print(f"{name} did not live through it: {error}")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
