"""The folders that are looked at: the demo's plant, a bench with all that a flow can meet, plants with two keys."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flowengine.registry import Registry
from flowengine.runtime.guard.desk import Act
from flowengine.settings import STATE_FOLDER
from flowengine_demo.broker import find_broker
from flowengine_demo.own_flows import ENGINE, own_flows
from flowengine_demo.plant.process import PlantProcess
from flowengine_demo.session import TUNING, flows_folder
from tests.plants import challenged_press
from tests.web.canvas.conftest import empty, folder_of, line
from tests.web.canvas.form_plant import STRANGER, form_flows
from tests.web.canvas.live_flows import bordered, flood, trip, two_ways
from tests.web.canvas.served import Served
from tests.web.canvas.test_accessible import thirty
from tests.web.canvas.test_changes import give_sides, press, with_two_keys
from tests.web.canvas.test_simulation import heated, record

BROKEN = "import a_library_that_is_not_here\n"
"""A package of nodes that cannot be loaded."""
SPEED = 4
"""Plant seconds per second."""
KNOWN_WITHIN_S = 10
WARM_FOR_S = 25
"""Seconds after which the oven is warm and its trends have something to show."""


def registry(place: Path) -> Registry:
    """Return all installed node types, one of a stranger, and a package that is broken."""
    folder = place / "nodes"
    folder.mkdir()
    (folder / "way.py").write_text(STRANGER)
    (folder / "acme_press.py").write_text(BROKEN)
    return Registry.discover([folder])


@contextmanager
def demo(place: Path, known: Path) -> Iterator[Served]:
    """Run the demo's plant, broker and flows, its machines armed."""
    flows = own_flows(flows_folder(), place)
    (place / ENGINE).rename(flows / STATE_FOLDER)
    for file in known.parent.iterdir():
        (flows / STATE_FOLDER / file.name).write_bytes(file.read_bytes())
    plant, broker = PlantProcess(speed=SPEED, door_every_s=120), find_broker()
    plant.start()
    broker.start()
    machine = {"HOST": plant.host, "PORT": str(plant.port)}
    environment = {
        **{name: f"{seconds / SPEED:.6g}" for name, seconds in TUNING.items()},
        **{f"{name}_{key}": value for name in ("OVEN", "LINE") for key, value in machine.items()},
        **{"BEARING_HOURS": str(SPEED), "BROKER_HOST": broker.host, "BROKER_PORT": str(broker.port)},
    }
    served = Served(flows, Registry.discover(), environment=environment)
    served.start()
    try:
        settle(served)
        yield served
    finally:
        served.stop()
        broker.stop()
        plant.stop()


def settle(server: Served) -> None:
    """Arm the machines as soon as the guard knows its inputs, warm the oven, acknowledge what rang until then."""
    for _ in range(int(KNOWN_WITHIN_S)):
        seen = server.site.bridge.run(server.service.machines.look)
        if all(one["quality"] == "good" for one in seen["inputs"].values()):
            break
        time.sleep(1)
    arm(server)
    time.sleep(WARM_FOR_S)
    faults, ask = server.service.engine.faults, server.site.bridge.ask
    for fault in ask(lambda: list(faults.all())):
        ask(lambda fault=fault: faults.acknowledge(fault.flow, fault.node, "anna", time.time()))  # type: ignore[misc]


def bench_flows() -> dict[str, Any]:
    """Return one flow of each kind."""
    part, outer = bordered()
    flows = [
        empty(),
        line(),
        two_ways() | {"name": "two-ways"},
        trip(),
        flood() | {"disabled": True},
        thirty(),
        part,
        outer,
    ]
    return {flow["name"]: flow for flow in flows} | {"plant": form_flows()["plant"] | {"disabled": True}}


@contextmanager
def bench(place: Path, known: Path) -> Iterator[Served]:
    """Run a folder with all that a flow can meet, and a package that is broken."""
    with served(folder_of(place, bench_flows(), known), registry(place)) as one:
        yield one


@contextmanager
def nobody(place: Path, known: Path) -> Iterator[Served]:
    """Run a folder in which nobody has a password yet."""
    (place / "none").mkdir()
    with served(folder_of(place, {"line": line()}, place / "none" / known.name), Registry.discover()) as one:
        yield one


@contextmanager
def keys(place: Path, known: Path) -> Iterator[Served]:
    """Run a plant with two keys, in a git repository; olga speaks for IT, vera for OT."""
    folder = folder_of(place, {"press": press(), "line": line()}, known)
    with_two_keys(folder)
    with served(folder, Registry.discover()) as one:
        give_sides(one)
        yield one


@contextmanager
def recorded(place: Path, known: Path) -> Iterator[Served]:
    """Run an oven whose readings were recorded, and a press whose model is challenged by another one."""
    folder = record(folder_of(place, {"oven": heated()}, known))
    (folder / "press.json").write_text(json.dumps(challenged_press.press(folder)))
    with served(folder, Registry.discover()) as one:
        yield one


@contextmanager
def served(folder: Path, known: Registry) -> Iterator[Served]:
    """Run a folder."""
    one = Served(folder, known)
    one.start()
    try:
        yield one
    finally:
        one.stop()


OUTPUTS = ("heater", "panel", "compressor-1", "compressor-2", "compressor-3")
"""What the demo's envelope lets flows write."""


def arm(server: Served, outputs: tuple[str, ...] = OUTPUTS) -> None:
    """Arm machines, like a person would."""
    for output in outputs:
        act = Act(what="arm", by="anna", target=output)
        server.site.bridge.run(lambda act=act: server.service.machines.act(act))  # type: ignore[misc]


def change_file(folder: Path, flow: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a flow's file, as an editor or a git pull does."""
    file = folder / f"{flow}.json"
    doc = json.loads(file.read_text())
    change(doc)
    file.write_text(json.dumps(doc, indent=2))


PLANTS = {"nobody": nobody, "demo": demo, "bench": bench, "keys": keys, "recorded": recorded}
