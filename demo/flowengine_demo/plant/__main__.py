"""The plant's process: `python -m flowengine_demo.plant --port 5020`.

Prints one line of JSON, {"port": ...}, when it listens; ends on SIGTERM, on SIGINT and when its parent is gone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence

from flowengine_demo.plant.compressors import CompressorRoom
from flowengine_demo.plant.door import DoorSchedule
from flowengine_demo.plant.oven import Oven, OvenParameters
from flowengine_demo.plant.oven_unit import OvenUnit
from flowengine_demo.plant.press import Press
from flowengine_demo.plant.press_unit import PressUnit
from flowengine_demo.plant.registers import OvenMap, PressMap, RoomMap
from flowengine_demo.plant.room_unit import RoomUnit
from flowengine_demo.plant.server import PlantServer
from flowengine_demo.plant.watchdog import Watchdog
from flowengine_demo.plant.works import AirDemand
from flowengine_demo.ward import parent_gone

_LOOK_FOR_PARENT_S = 0.25


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="flowengine_demo.plant", description="A simulated plant over Modbus TCP.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=5020, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--speed", type=_positive, default=1.0, help="plant seconds per second (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same noise (default: %(default)s)")
    parser.add_argument(
        "--door-every", type=_positive, default=120.0, metavar="S", help="plant seconds (default: %(default)s)"
    )
    parser.add_argument(
        "--door-open-for", type=_positive, default=10.0, metavar="S", help="plant seconds (default: %(default)s)"
    )
    parser.add_argument("--no-door", action="store_true", help="the door opens on command only")
    parser.add_argument(
        "--watchdog",
        type=float,
        default=10.0,
        metavar="S",
        help="heater and compressors off after S seconds without command; 0: never",
    )
    parser.add_argument("--parent", type=int, metavar="PID", help="end when this process is no longer the parent")
    return parser.parse_args(argv)


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


HATCH = OvenParameters(open_door_loss_w_per_k=20.0)
"""What is opened in the demo is a hatch: it loses less than the heater can make good, so that good control is worth
something; with the whole door open no controller could hold the oven."""


def build(options: argparse.Namespace) -> PlantServer:
    """The plant that the command line asks for."""
    schedule = None if options.no_door else DoorSchedule(options.door_every, options.door_open_for)
    oven = OvenUnit(Oven(HATCH, options.seed), Watchdog(options.watchdog), schedule)
    press = PressUnit(Press(seed=options.seed + 1))  # another seed, or both machines would share their noise
    room = RoomUnit(CompressorRoom(seed=options.seed + 2), Watchdog(options.watchdog), AirDemand())
    return PlantServer({OvenMap.UNIT: oven, PressMap.UNIT: press, RoomMap.UNIT: room}, options.speed)


async def run(options: argparse.Namespace) -> None:
    """Serve until told to end."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set))
    server = build(options)
    port = await server.start(options.host, options.port)
    living = asyncio.create_task(server.live())
    living.add_done_callback(lambda _: ended.set())
    sys.stdout.write(json.dumps({"port": port, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    while not ended.is_set() and not parent_gone(options.parent):
        try:
            await asyncio.wait_for(ended.wait(), _LOOK_FOR_PARENT_S)
        except TimeoutError:
            continue
    crashed = living.done()
    living.cancel()
    await server.stop()
    if crashed:
        living.result()  # raises what ended the simulation


def main() -> int:
    """Run the plant; the exit code is 0 after a clean end, 2 if it could not start."""
    options = arguments()
    try:
        asyncio.run(run(options))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"the simulated plant cannot run on {options.host}:{options.port}: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
