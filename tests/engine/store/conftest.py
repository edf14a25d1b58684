"""Real git repositories."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., str]


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))


@pytest.fixture
def git(tmp_path: Path) -> Run:
    """Run git in a repository with a folder `flows` in it; its own user is Ines."""
    top = tmp_path / "plant"
    (top / "flows").mkdir(parents=True)

    def run(*arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(top), *arguments], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    run("init", "--quiet", "--initial-branch=main")
    run("config", "user.name", "Ines")
    run("config", "user.email", "ines@plant.example")
    return run


@pytest.fixture
def flows(git: Run, tmp_path: Path) -> Path:
    return tmp_path / "plant" / "flows"
