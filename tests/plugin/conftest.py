"""A virtual environment of its own that sees flowengine and its tools, for packages to be installed into."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class Environment:
    """The environment and the commands in it."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=False, symlinks=True)
        self.bin = folder / "bin"
        (site,) = folder.glob("lib/python*/site-packages")
        paths = [sysconfig.get_path("purelib"), *(str(ROOT / room) for room in (".", "nodes", "demo", "bench"))]
        (site / "parent.pth").write_text("\n".join(dict.fromkeys(paths)) + "\n")
        for command, module in (("pip", "pip"), ("pytest", "pytest"), ("flowengine", "flowengine")):
            script = self.bin / command
            script.write_text(f'#!/bin/sh\nexec "{self.bin}/python" -m {module} "$@"\n')
            script.chmod(0o755)
        self.env = {
            **os.environ,
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it the other way round: build with the tools at hand
            "PIP_NO_DEPS": "1",
            "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PYTHONPATH": "",
        }

    def run(self, *command: str, cwd: Path = ROOT, status: int = 0) -> str:
        """Run a command; returns what it prints, both streams."""
        done = subprocess.run(command, cwd=cwd, env=self.env, capture_output=True, text=True, timeout=200, check=False)
        text = done.stdout + done.stderr
        assert done.returncode == status, f"{' '.join(command)}: exit {done.returncode}\n{text}"
        return text

    def install(self, name: str) -> None:
        """Install one of the packages beside this file."""
        source = ROOT / "tests" / "plugin" / "packages" / name
        self.run("pip", "install", "--quiet", str(source))


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """A fresh environment."""
    assert sys.version_info >= (3, 11)
    return Environment(tmp_path / "venv")
