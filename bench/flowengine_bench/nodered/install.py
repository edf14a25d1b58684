"""Get Node-RED from npm into a cache folder outside the repository, once.

Two npm projects are kept: `runtime` (Node-RED and the Node it runs on) and `palette` (node-red-contrib-modbus), because
Node-RED loads every node module that lies above it: start time and idle memory must not pay for Modbus. A user has the
same layout, with the palette in the user directory.

node-red-contrib-modbus 5.60.2 takes its fork of modbus-serial from a vendor's own server, not from npm. Where that
server does not answer, npm's own modbus-serial stands in (`modbus_serial` says which one is there).
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import msgspec

NODE_RED = {5: "5.0.7", 4: "4.1.15"}
"""By major version, the newest first: a system Node below 22.9, which Node-RED 5 refuses, runs the other."""
NODE = "24.21.0"
CONTRIB_MODBUS = "5.60.2"
STAND_IN = {"@openp4nr/modbus-serial": "npm:modbus-serial@8.0.25"}
TIMEOUT_S = 600.0


class Installation(msgspec.Struct, frozen=True):
    """Where Node-RED is and what was installed: `versions` by module name."""

    node: Path
    red: Path
    palette: Path | None  # a node_modules folder with node-red-contrib-modbus; None if it could not be had
    versions: dict[str, str]


class Unavailable(msgspec.Struct, frozen=True):
    """Why there is no baseline here: one sentence for the user."""

    reason: str


def cache_folder(release: int = max(NODE_RED)) -> Path:
    """Where a release of Node-RED is kept: below XDG_CACHE_HOME, else below ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "flowengine" / "bench" / f"node-red-{release}"


def install(folder: Path | None = None, *, release: int = max(NODE_RED)) -> Installation | Unavailable:
    """Install what is missing of a major release and say what is there. Reads three small files when all is there.

    Where the newest release cannot run, the one before it is there in its place: `versions` says which.
    """
    root = folder or cache_folder(release)
    found = _installed(root, release)
    if found is not None:
        return found
    npm = shutil.which("npm")
    if npm is None:
        return Unavailable("npm is not on PATH; Node-RED is installed with npm (it comes with Node.js)")
    trouble = _install_runtime(npm, root, release)
    if trouble is not None:
        return Unavailable(f"npm could not install Node-RED: {trouble}")
    if not _version(root / "palette" / "node_modules" / "node-red-contrib-modbus"):
        _install_palette(npm, root)
    return _installed(root, release) or Unavailable(f"npm reported success, but Node-RED is not complete in {root}")


def _installed(root: Path, release: int) -> Installation | None:
    """What an earlier install left, or None when a part of it is missing or of another version than pinned here."""
    runtime, palette = root / "runtime" / "node_modules", root / "palette" / "node_modules"
    version = _version(runtime / "node-red")
    own, system = runtime / "node" / "bin" / "node", shutil.which("node")
    if version == NODE_RED[release] and _version(runtime / "node") == NODE and own.exists():
        node, node_version = own, NODE
    elif version == NODE_RED[min(NODE_RED)] and system is not None:
        node, node_version = Path(system), _node_version(system) or "unknown"
    else:
        return None
    versions = {"node-red": version, "node": node_version}
    contrib = _version(palette / "node-red-contrib-modbus")
    attempted = (root / "palette" / "attempted").exists()
    if contrib == CONTRIB_MODBUS:
        versions["node-red-contrib-modbus"] = contrib
        versions["modbus_serial"] = _name_and_version(palette / "@openp4nr" / "modbus-serial")
    elif not attempted:
        return None
    return Installation(node, runtime / "node-red" / "red.js", palette if contrib else None, versions)


def _install_runtime(npm: str, root: Path, release: int) -> str | None:
    """The release on npm's Node 24; else Node-RED 4 on the system's Node. Returns npm's complaint if neither works."""
    folder = root / "runtime"
    trouble = _npm_install(npm, folder, {"node": NODE, "node-red": NODE_RED[release]}, scripts=True)
    own = folder / "node_modules" / "node" / "bin" / "node"
    if trouble is None and _node_version(own) == NODE:
        return None
    shutil.rmtree(folder, ignore_errors=True)
    return _npm_install(npm, folder, {"node-red": NODE_RED[min(NODE_RED)]}, scripts=False)


def _install_palette(npm: str, root: Path) -> None:
    """node-red-contrib-modbus with its own modbus-serial, else with npm's. Without it there are no Modbus figures."""
    folder, wanted = root / "palette", {"node-red-contrib-modbus": CONTRIB_MODBUS}
    trouble = _npm_install(npm, folder, wanted, scripts=False)
    if trouble is not None:
        shutil.rmtree(folder, ignore_errors=True)
        trouble = _npm_install(npm, folder, wanted, scripts=False, overrides=STAND_IN)
    if trouble is not None:
        (folder / "attempted").write_text(trouble + "\n", encoding="utf-8")


def _npm_install(
    npm: str, folder: Path, wanted: dict[str, str], *, scripts: bool, overrides: dict[str, str] | None = None
) -> str | None:
    """Run `npm install` in a folder of its own; None if all went well, else the line of npm's output that says why."""
    folder.mkdir(parents=True, exist_ok=True)
    package = {"name": "flowengine-bench", "private": True, "dependencies": wanted, "overrides": overrides or {}}
    (folder / "package.json").write_text(json.dumps(package, indent=2) + "\n", encoding="utf-8")
    command = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", "--omit=optional", "--fetch-retries=1"]
    command += ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=2000"]
    if not scripts:
        command.append("--ignore-scripts")
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return f"npm install did not finish in {TIMEOUT_S:.0f} s"
    if done.returncode == 0:
        return None
    lines = [line for line in done.stderr.splitlines() if re.match(r"npm (error|ERR!)", line)]
    return "; ".join(lines[:3]) or f"npm install ended with {done.returncode}"


def _version(module: Path) -> str | None:
    try:
        package = json.loads((module / "package.json").read_bytes())
    except (OSError, ValueError):
        return None
    return str(package.get("version"))


def _name_and_version(module: Path) -> str:
    try:
        package = json.loads((module / "package.json").read_bytes())
    except (OSError, ValueError):
        return "missing"
    return f"{package.get('name')} {package.get('version')}"


def _node_version(binary: Path | str) -> str | None:
    """What `node --version` says without its v, asked outside any project folder; None if it cannot be run."""
    try:
        done = subprocess.run(
            [str(binary), "--version"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
            cwd=tempfile.gettempdir(),
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip().removeprefix("v")
