"""The process of a simulation, by the command: it reaches nothing outside, whatever a node tries."""

from __future__ import annotations

import re
import subprocess
import threading
from pathlib import Path

from click.testing import CliRunner

from flowengine.cli.simulate import simulate
from flowengine.registry import Registry
from flowengine.simulate.process import Simulator
from tests.engine.simulate.recorded_oven import Site, envelope, flow
from tests.fair import fairly
from tests.plants.guarded_oven import oven

REACHING = """
import os, socket, subprocess
try:
    socket.create_connection(("127.0.0.1", {port}), 1)
except PermissionError:
    pass
else:
    return msg.with_payload(1)
try:
    subprocess.run(["true"])
except PermissionError:
    pass
else:
    return msg.with_payload(2)
try:
    with open("{file}", "w") as file:
        file.write("here")
except OSError:
    pass
else:
    return msg.with_payload(3)
return msg.with_payload(79)
"""


def test_the_command_compares_a_folder_with_a_revision_and_reaches_nothing_outside(tmp_path: Path) -> None:
    site = Site(tmp_path)
    folder = site.version("flows", flow(0.4), envelope())
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "begin"]):
        who = ["-c", "user.name=Plant", "-c", "user.email=plant@example.org"]
        subprocess.run(["git", "-C", str(folder), *who, *command], check=True, capture_output=True)
    site.recordings = tmp_path / "state" / "recordings"
    site.temperatures([100.0, 110.0, 120.0])
    with oven() as slave:
        data = flow(0.4, slave.port)
        reaching = REACHING.format(port=slave.port, file=tmp_path / "written")
        data["nodes"]["heat"] = {"type": "values/python", "options": {"code": reaching}}
        site.version("flows", data, envelope(slave.port))
        arguments = [str(folder), "--state", str(tmp_path / "state")]
        done = CliRunner().invoke(simulate, arguments)
        assert (slave.connections, slave.seen) == (0, [])
    assert done.exit_code == 0, done.output
    assert re.search(r"most % +48 +79", done.output)
    assert "largest difference: 39 % at" in done.output
    assert not (tmp_path / "written").exists() or not (tmp_path / "written").read_text()


def test_what_is_neither_a_folder_nor_a_revision_is_said_to_be_so(tmp_path: Path) -> None:
    site = Site(tmp_path)
    folder = site.version("flows", flow())
    done = CliRunner().invoke(simulate, [str(folder), "--old", "yesterday"])
    assert "'yesterday' is neither a folder nor a revision" in str(done.exception)


def test_a_simulation_that_is_stopped_says_so(tmp_path: Path) -> None:
    site = Site(tmp_path)
    old, new = site.version("old", flow(0.4)), site.version("new", flow(0.5))
    site.temperatures([100.0])

    def ended(number: int) -> None:
        simulator = Simulator(Registry())
        over = threading.Event()

        def stop() -> None:
            while not over.wait(0.005):
                simulator.stop()

        stopping = threading.Thread(target=stop)
        stopping.start()
        result = simulator.folders(old, new, site.recordings, 4)
        over.set()
        stopping.join()
        assert result.state == "failed"
        assert "it was ended" in result.error

    fairly(ended)
