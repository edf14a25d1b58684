"""The one list of alarms: the guard, devices and flows ring in it, people act on it, and it outlasts the process."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from flowengine.clock import Clock
from flowengine.errors import NotAllowed, NotFound
from flowengine.runtime.engine import Engine
from flowengine.safety.alarm_causes import Cause
from flowengine.safety.alarms import Alarm
from flowengine.service.alarms import AlarmDesk, AlarmLook
from flowengine.service.places import alarms_file
from flowengine.store.alarm_history import AlarmHistory
from flowengine.workers.settings import Workers
from tests.engine.service.guarded_site import Site, both, envelope, site
from tests.plants.mosquitto import LOOPBACK, Mosquitto
from tests.plants.signed_envelope import write_envelope
from tests.steps import steps


class NoMachines:
    """Machines without an envelope."""

    watched = False

    def __init__(self) -> None:
        self.on_event: list[Callable[[], None]] = []


def desk(main: Callable[[AlarmDesk, Engine], Awaitable[None]], file: Path | None = None) -> None:
    async def run() -> None:
        engine = Engine(Clock())
        one = AlarmDesk(engine, NoMachines(), file)  # type: ignore[arg-type]
        one.begin()
        try:
            await main(one, engine)
        finally:
            await one.end()

    asyncio.run(run())


def cause(name: str, **more: Any) -> Cause:
    return Cause(Alarm(name, f"{name} is so", **more))


def states(one: AlarmDesk) -> dict[str, str]:
    return {alarm.name: alarm.aside or alarm.state for alarm in one.look().alarms}


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.02)


def named(site: Site, name: str) -> AlarmLook | None:
    return next((alarm for alarm in site.service.alarms.look().alarms if alarm.name == name), None)


def test_what_rings_is_listed_by_priority_and_seen_by_a_person() -> None:
    async def main(one: AlarmDesk, engine: Engine) -> None:
        one.take([cause("guard:a", priority="low"), cause("guard:b", priority="critical")])
        look = one.look()
        assert [alarm.name for alarm in look.alarms] == ["guard:b", "guard:a"]
        assert (look.unseen, look.standing) == (2, 2)
        assert one.acknowledge(["guard:a", "gone"], "anna") == 1
        one.take([cause("guard:a")])
        assert states(one) == {"guard:b": "returned", "guard:a": "acknowledged"}
        one.acknowledge(["guard:b"], "anna")
        one.take([])
        assert states(one) == {}

    desk(main)


def test_a_shelf_needs_a_reason_and_a_time_and_the_list_says_who_and_until_when() -> None:
    async def main(one: AlarmDesk, engine: Engine) -> None:
        one.take([cause("guard:a")])
        with pytest.raises(NotAllowed, match="reason"):
            one.shelve("guard:a", 60, " ", "anna")
        with pytest.raises(NotFound, match="no alarm 'b'"):
            one.shelve("b", 60, "why", "anna")
        began = time.time()
        one.shelve("guard:a", 60, "sensor is being replaced", "anna")
        (shown,) = one.look().alarms
        assert (shown.aside, shown.reason, shown.by) == ("shelved", "sensor is being replaced", "anna")
        assert began + 60 <= shown.until <= time.time() + 60
        assert one.look().unseen == 0
        one.take_back("guard:a", "anna")
        assert states(one) == {"guard:a": "unacknowledged"}
        one.out_of_service("guard:a", "repair", "anna")
        assert states(one) == {"guard:a": "out-of-service"}

    desk(main)


def test_alarms_and_shelves_outlast_the_process_and_so_does_what_happened(tmp_path: Path) -> None:
    file = tmp_path / "alarms.sqlite"

    async def first(one: AlarmDesk, engine: Engine) -> None:
        one.take([cause("oven/heater"), cause("oven/door"), cause("oven/fan")])
        one.acknowledge(["oven/door"], "anna")
        one.shelve("oven/fan", 3600, "known", "anna")

    async def second(one: AlarmDesk, engine: Engine) -> None:
        await until(lambda: one.look().alarms)
        await asyncio.sleep(0.3)  # a round has passed, and the flows do not run yet
        assert states(one) == {"oven/heater": "unacknowledged", "oven/door": "acknowledged", "oven/fan": "shelved"}
        assert {alarm.name: alarm.seen_by for alarm in one.look().alarms}["oven/door"] == "anna"
        happened = [(entry.name, entry.what, entry.by) for entry in one.history(most=10)]
        assert ("oven/fan", "shelved", "anna") in happened
        assert [entry.what for entry in one.history("oven/door")] == ["acknowledged", "active"]

    desk(first, file)
    desk(second, file)


def test_a_fault_is_an_alarm_and_to_see_one_is_to_see_the_other() -> None:
    async def main(one: AlarmDesk, engine: Engine) -> None:
        engine.faults.failed("oven", "heater", "no answer")
        engine.faults.flow_failed("press", "it does not start")
        await until(lambda: len(one.look().alarms) == 2)
        assert [(alarm.name, alarm.priority) for alarm in one.look().alarms] == [
            ("press", "high"),
            ("oven/heater", "medium"),
        ]
        one.acknowledge(["oven/heater"], "anna")
        assert {fault.acknowledged_by for fault in engine.faults.all()} == {"anna", ""}
        engine.faults.acknowledge("press", "", "bert", 1.0)
        await until(lambda: one.look().unseen == 0)

    desk(main)


def test_ten_thousand_alarms_in_a_minute_stay_bounded_and_the_list_stays_usable() -> None:
    async def main(one: AlarmDesk, engine: Engine) -> None:
        one.take([cause("guard:first", priority="critical")])

        def flood(number: int) -> None:
            one.take([cause("guard:first"), *(cause(f"guard:{number} {k}", priority="low") for k in range(1000))])

        early = [steps(lambda number=number: flood(number)) for number in range(3)]  # type: ignore[misc]
        for number in range(3, 11):
            flood(number)
        assert steps(lambda: flood(11)) < 1.2 * max(early)
        look = one.look()
        assert look.alarms[0].name == "guard:first"
        assert len(look.alarms) == 500
        assert look.flood
        assert look.left_out > 9000
        one.acknowledge([alarm.name for alarm in look.alarms], "anna")
        assert one.look().unseen < look.unseen

    desk(main)


@both
def test_what_the_guard_does_rings_and_says_why_but_not_that_it_ends_with_the_engine(
    tmp_path: Path, workers: Workers | None
) -> None:
    async def main(site: Site) -> None:
        await site.act("arm")
        await until(lambda: named(site, "guard:heater/refused"))
        refused = named(site, "guard:heater/refused")
        assert refused is not None
        assert "5000" in refused.text
        unlisted = [alarm for alarm in site.service.alarms.look().alarms if alarm.name.startswith("guard:unlisted")]
        assert "oven/other" in unlisted[0].text
        await site.act("stop", cause="smoke")
        await until(lambda: named(site, "guard:emergency-stop"))
        stop = named(site, "guard:emergency-stop")
        assert stop is not None
        assert (stop.text, stop.priority, stop.state) == ("smoke", "critical", "unacknowledged")
        unlisted_name = unlisted[0].name
        await until(lambda: getattr(named(site, unlisted_name), "aside", "") == "suppressed")
        await site.act("reset-stop")
        await until(lambda: getattr(named(site, "guard:emergency-stop"), "state", "") == "returned")

    site(
        tmp_path / "flows",
        workers,
        main,
        value=5000,
        prepare=lambda folder, port: write_envelope(folder, envelope(port, clamp=False)),
    )
    with closing(AlarmHistory(alarms_file(tmp_path / "flows"))) as history:
        assert history.find("guard:heater/refused")
        assert history.find("guard:silent") == []


def test_an_envelope_that_does_not_count_rings(tmp_path: Path) -> None:
    async def main(site: Site) -> None:
        await until(lambda: named(site, "guard:envelope"))

    site(
        tmp_path / "flows",
        None,
        main,
        prepare=lambda folder, port: write_envelope(folder, envelope(port), signed=False),
    )


def test_an_alarm_of_a_flow_has_the_priority_and_the_text_of_its_options(tmp_path: Path) -> None:
    def prepare(folder: Path, port: int) -> None:
        nodes: dict[str, Any] = {
            "tick": {"type": "timing/every", "options": {"interval": 0.1, "send": "value", "value": 250}},
            "hot": {
                "type": "control/alarm",
                "options": {"high": 220, "priority": "critical", "text": "Too hot: open the flap.", "area": "hall 3"},
            },
        }
        flow = {"flowengine": 1, "name": "oven", "nodes": nodes, "wires": [{"from": "tick", "to": "hot"}]}
        (folder / "oven.json").write_text(json.dumps(flow))

    async def main(site: Site) -> None:
        await until(lambda: named(site, "oven/hot"))
        alarm = named(site, "oven/hot")
        assert alarm is not None
        assert (alarm.priority, alarm.area) == ("critical", "hall 3")
        assert alarm.text == "Too hot: open the flap. (250 (above 220))"

    site(tmp_path / "flows", None, main, prepare=prepare)


def test_of_nodes_that_say_the_same_of_one_connection_the_first_alone_rings(tmp_path: Path) -> None:
    """And when the broker is there, it alone is to be acknowledged."""
    broker = Mosquitto(tmp_path)

    def prepare(folder: Path, port: int) -> None:
        topics: dict[str, Any] = {
            name: {"type": "mqtt/subscribe", "options": {"connection": "broker", "topic": name}} for name in "abc"
        }
        connections = {"broker": {"type": "mqtt/broker", "options": {"host": LOOPBACK, "port": broker.port}}}
        flow = {"flowengine": 1, "name": "hall", "connections": connections, "nodes": topics, "wires": []}
        (folder / "hall.json").write_text(json.dumps(flow))

    async def main(site: Site) -> None:
        alarms = site.service.alarms
        await until(lambda: len(alarms.look().alarms) == 3)
        first, *others = alarms.look().alarms
        assert (first.aside, first.state) == ("", "unacknowledged")
        assert [(one.aside, one.reason) for one in others] == [("suppressed", f"it follows from {first.name}")] * 2
        assert alarms.look().unseen == 1
        seen = states(alarms)
        alarms.listeners.append(lambda: seen.update(states(alarms)))
        await asyncio.to_thread(broker.start)
        await until(lambda: list(states(alarms).values()) == ["returned"])
        assert list(states(alarms)) == [first.name]
        assert {name: state for name, state in seen.items() if name != first.name} == {
            one.name: "suppressed" for one in others
        }

    try:
        site(tmp_path / "flows", None, main, prepare=prepare)
    finally:
        broker.stop()
