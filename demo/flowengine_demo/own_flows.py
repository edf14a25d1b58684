"""The demo's own copy of the example flows: deploys and history work on it, the originals stay as they are."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from flowengine_demo.own_envelope import sign_own_envelope

NAME = "flows"
"""The copy, within the demo's folder."""
ENGINE = "engine"
"""Beside it: what the engine keeps, and the demo's key."""

_AUTHOR = ("-c", "user.name=flowengine demo", "-c", "user.email=demo@flowengine.invalid")
_PLAIN = ("-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null", "-c", "init.defaultBranch=main")


def own_flows(examples: Path, state: Path) -> Path:
    """Return the copy of the examples in the folder `state`, its envelope signed by a key of the demo's own.

    It is made if it is not there, and kept if it is.

    Where git is at hand the copy is a repository of its own, so that each deploy is a commit.
    """
    copy = state / NAME
    if copy.is_dir():
        return copy
    (state / ENGINE).mkdir(parents=True, exist_ok=True)
    making = state / f".{NAME}.part"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    for file in sorted(examples.glob("*.json")):
        shutil.copyfile(file, making / file.name)
    sign_own_envelope(making, state / ENGINE)
    (making / ".gitignore").write_text(".flowengine/\n", encoding="utf-8")
    _commit(making)
    making.rename(copy)  # so that no half of a copy is ever taken for one
    return copy


def _commit(folder: Path) -> None:
    """Make the folder a repository with one commit; without git it stays a folder."""
    if shutil.which("git") is None:
        return
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for command in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "-m", "The example flows")):
        done = subprocess.run(
            ["git", *_AUTHOR, *_PLAIN, *command], cwd=folder, env=environment, capture_output=True, check=False
        )
        if done.returncode != 0:
            shutil.rmtree(folder / ".git", ignore_errors=True)
            return
