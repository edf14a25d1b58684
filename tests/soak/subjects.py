"""Those that `mix.py` disturbs: flowengine, and Node-RED with a flow that does the same."""

from __future__ import annotations

import json
import os
import shutil
import signal
import urllib.request
from pathlib import Path
from typing import Any, Protocol

from flowengine.access.access import Access, access_file
from flowengine_bench.nodered.flows import FlowFile, node, tab
from flowengine_bench.nodered.install import Installation
from flowengine_bench.nodered.server import settings_file
from tests.plants.mosquitto import Mosquitto, free_port
from tests.soak.deploying import variant
from tests.soak.guarded_beside import GuardedPlant
from tests.soak.kills import DELAY_S, Engine, flow
from tests.soak.processes import Process, holder, until
from tests.web.api.client import Client

BESIDE = ("hello", "cold-store")
"""Example flows that run beside the one under load."""


class Subject(Protocol):
    """What can be done to it."""

    def start(self) -> None:
        """Start its process."""

    def kill(self) -> None:
        """End it by SIGKILL."""

    def stop(self) -> int:
        """End it in order."""

    def end(self) -> None:
        """End it, if it still runs."""

    def must_run(self) -> None:
        """Raise what it said last, if it has ended by itself."""

    def log(self) -> str:
        """Return what it has said."""

    def kill_worker(self) -> bool:
        """End the process that runs the flow; False: it has none of its own."""

    def deploy(self, number: int) -> None:
        """Put a revision of the flow live; OSError, AssertionError: it did not answer, or refused."""

    def resident_mb(self) -> float:
        """Return its memory."""

    def ready(self, broker: Mosquitto) -> bool:
        """Say whether it has subscribed at the broker for the first time."""


class Ours(Engine):
    """flowengine as its users run it: with the canvas served, deploys by the API, and a machine behind an envelope."""

    def __init__(self, folder: Path, broker: Mosquitto) -> None:
        self._port = free_port()
        super().__init__(folder, "--port", str(self._port), program=("flowengine", "run"))
        flows = folder / "flows"
        flows.mkdir()
        (flows / "load.json").write_text(json.dumps(flow(broker.port)))
        for name in BESIDE:
            shutil.copy(Path("flows") / f"{name}.json", flows)
        self.plant = GuardedPlant(flows)
        access = Access(access_file(flows))
        self._headers = {"Authorization": f"Bearer {access.tokens.make('soak', 'editor')}"}
        access.close()

    def start(self) -> None:
        super().start()
        self.plant.work(self._port, self._headers)

    def end(self) -> None:
        super().end()
        self.plant.close()

    def kill_worker(self) -> bool:
        found = holder(self.pid, self.folder / "flows" / ".flowengine" / "flows" / "load.sqlite")
        if found is not None:
            os.kill(found, signal.SIGKILL)
        return found is not None

    def deploy(self, number: int) -> None:
        with Client(self._port) as client:
            reply = client.ask("GET", "/api/flows/load", headers=self._headers)
            assert reply.status == 200, reply.raw
            item = {"base": reply.headers["etag"].strip('"'), "flow": variant(reply.json["flow"], number)}
            client.do("POST", "/api/deploys", {"flows": {"load": item}}, **self._headers)

    def ready(self, broker: Mosquitto) -> bool:
        return "Sending SUBACK to engine" in broker.log()


class NodeRed(Process):
    """Node-RED as a knowledgeable user sets it up: a session that the broker keeps, and QoS 1."""

    def __init__(self, folder: Path, broker: Mosquitto, installation: Installation) -> None:
        self.folder, self._port = folder, free_port()
        self._flow = node_red_flow(broker.port)
        (folder / "flows.json").write_text(json.dumps(self._flow))
        (folder / "package.json").write_text('{"name": "soak", "private": true}')
        (folder / "settings.js").write_text(settings_file(self._port))
        command: list[str | Path] = [installation.node, installation.red, "--userDir", folder]
        command += ["--settings", folder / "settings.js"]
        env = {key: value for key, value in os.environ.items() if not key.startswith(("NODE_", "npm_"))}
        super().__init__(command, folder / "red.log", env)

    def kill_worker(self) -> bool:
        return False

    def deploy(self, number: int) -> None:
        """Change one node; only nodes that changed are restarted, the gentlest that its editor offers."""
        changed = [{**one, "name": f"revision {number}"} if one["id"] == "scale" else one for one in self._flow]
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/flows",
            json.dumps(changed).encode(),
            {"Content-Type": "application/json", "Node-RED-Deployment-Type": "nodes"},
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30):
            pass

    def ready(self, broker: Mosquitto) -> bool:
        return "Sending SUBACK to engine" in broker.log()


def node_red_flow(port: int) -> FlowFile:
    """The way of the load in Node-RED: in, set a property, hold, compute, out. It sends no windows."""
    broker: dict[str, Any] = {
        "id": "broker", "type": "mqtt-broker", "name": "", "broker": "127.0.0.1", "port": str(port),
        "clientid": "engine", "autoConnect": True, "usetls": False, "protocolVersion": "4", "keepalive": "60",
        "cleansession": False, "autoUnsubscribe": False,
    }  # fmt: skip
    seen = [{"t": "set", "p": "seen", "pt": "msg", "to": "true", "tot": "bool"}]
    hold = {"pauseType": "delay", "timeout": str(DELAY_S), "timeoutUnits": "seconds", "outputs": 1}
    read = {"topic": "load/in/+", "qos": "1", "datatype": "json", "broker": "broker", "inputs": 0}
    return [
        tab(),
        broker,
        node("in", "mqtt in", "mark", **read),
        node("mark", "change", "hold", rules=seen),
        node("hold", "delay", "scale", **hold),
        node("scale", "function", "out", func="return msg", outputs=1, timeout=0, noerr=0, libs=[]),
        {**node("out", "mqtt out", topic="load/out", qos="1", retain="false", broker="broker"), "wires": []},
    ]


def wait_until_ready(subject: Subject, broker: Mosquitto) -> None:
    """Return when it has subscribed: its session is there from then on.

    Raises:
        TimeoutError, RuntimeError: it does not come, or has ended.
    """

    def there() -> bool:
        subject.must_run()
        return subject.ready(broker)

    try:
        until(there, 60)
    except TimeoutError as error:
        raise TimeoutError(f"it has not subscribed within 60 s: {subject.log()[-1000:]}") from error
