"""A headless Node-RED for the length of a block: no editor, no telemetry, no port unless the admin API is asked for."""

import contextlib
import json
import os
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from flowengine_bench.child import ChildFailed, child
from flowengine_bench.nodered.flows import FlowFile
from flowengine_bench.nodered.install import Installation
from flowengine_bench.reporting import START_TIMEOUT_S, Reporting

BENCH_NODES = Path(__file__).parent / "bench_nodes"


@contextlib.contextmanager
def node_red(
    installation: Installation, flow: FlowFile, *, palette: bool = False, admin_port: int | None = None
) -> Iterator[Reporting]:
    """Start Node-RED with a flow. `palette` gives it the Modbus nodes, `admin_port` the admin API on loopback."""
    with tempfile.TemporaryDirectory(prefix="flowengine-bench-") as folder:
        user_folder = Path(folder)
        (user_folder / "flows.json").write_text(json.dumps(flow), encoding="utf-8")
        (user_folder / "settings.js").write_text(settings_file(admin_port), encoding="utf-8")
        (user_folder / "package.json").write_text('{"name": "bench", "private": true}', encoding="utf-8")
        if palette:
            if installation.palette is None:
                raise ChildFailed("node-red-contrib-modbus could not be installed")
            (user_folder / "node_modules").symlink_to(installation.palette)
        command: list[str | Path] = [installation.node, installation.red, "--userDir", user_folder]
        command += ["--settings", user_folder / "settings.js"]
        env = {key: value for key, value in os.environ.items() if not key.startswith(("NODE_", "npm_"))}
        with child(command, env) as running:
            yield Reporting(running)


def settings_file(admin_port: int | None) -> str:
    """Node-RED's settings.js. With both HTTP roots off it opens no port at all."""
    settings = {
        "flowFile": "flows.json",
        "flowFilePretty": False,
        "uiHost": "127.0.0.1",
        "uiPort": admin_port or 0,
        "httpAdminRoot": "/" if admin_port else False,
        "httpNodeRoot": False,
        "disableEditor": True,
        "credentialSecret": False,
        "nodesDir": str(BENCH_NODES),
        "telemetry": {"enabled": False, "updateNotification": False},
        "diagnostics": {"enabled": False, "ui": False},
        "logging": {"console": {"level": "warn", "metrics": False, "audit": False}},
        "editorTheme": {"tours": False, "projects": {"enabled": False}, "multiplayer": {"enabled": False}},
        "externalModules": {
            "autoInstall": False,
            "palette": {"allowInstall": False, "allowUpdate": False},
            "modules": {"allowInstall": False},
        },
        "apiMaxLength": "50mb",
    }
    return f"module.exports = {json.dumps(settings)}\n"


def deploy(red: Reporting, admin_port: int, flow: FlowFile, nodes: int) -> float:
    """Replace the running flow by one of `nodes` nodes; seconds from sending it until all have started."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{admin_port}/flows",
        data=json.dumps(flow).encode(),
        headers={"Content-Type": "application/json", "Node-RED-Deployment-Type": "full"},
    )
    began = time.monotonic()
    no_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with no_proxy.open(request, timeout=START_TIMEOUT_S):
        pass
    while True:
        started = red.wait_for("started")
        if started.nodes == nodes:
            return started.at - began
