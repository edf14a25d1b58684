"""The merge command, and git itself with it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flowengine.cli import cli
from flowengine.flow.canonical import format_flow
from tests.engine.flow.merging import add, base, option


def write(folder: Path, **flows: Any) -> list[str]:
    files = []
    for name, data in flows.items():
        (folder / name).write_text(data if isinstance(data, str) else format_flow(data))
        files.append(str(folder / name))
    return files


def test_the_command_writes_ours_exits_0_and_with_conflicts_1_in_words_and_as_json(tmp_path: Path) -> None:
    ours, theirs = base(), base()
    option("hold", "setpoint", 200)(ours)
    add("a")(theirs)
    files = write(tmp_path, base=base(), ours=ours, theirs=theirs)
    done = CliRunner().invoke(cli, ["merge", *files])
    assert (done.exit_code, done.output) == (0, "")
    merged = json.loads((tmp_path / "ours").read_text())
    assert (merged["nodes"]["hold"]["options"]["setpoint"], "a" in merged["nodes"]) == (200, True)
    option("hold", "setpoint", 190)(theirs)
    write(tmp_path, ours=ours, theirs=theirs)
    done = CliRunner().invoke(
        cli, ["merge", *files, "--json", "--name", "flows/oven.json", "-o", str(tmp_path / "out")]
    )
    assert done.exit_code == 1
    assert json.loads(done.stdout)["conflicts"][0]["property"] == "options.setpoint"
    assert "flows/oven.json: conflict: node hold, options.setpoint: ours 200, theirs 190" in done.stderr
    assert json.loads((tmp_path / "out").read_text())["nodes"]["hold"]["options"]["setpoint"] == 200
    done = CliRunner().invoke(cli, ["merge", *files, "-o", "-"])
    assert json.loads(done.stdout)["name"] == "oven"


@pytest.mark.parametrize("broken", ["base", "ours", "theirs"])
def test_what_is_no_json_is_named_and_nothing_is_written(tmp_path: Path, broken: str) -> None:
    files = write(tmp_path, **{"base": base(), "ours": base(), "theirs": base(), broken: "<<<<<<< {"})
    before = (tmp_path / "ours").read_text()
    done = CliRunner().invoke(cli, ["merge", *files])
    assert done.exit_code == 2
    assert f"({broken})" in done.stderr
    assert (tmp_path / "ours").read_text() == before


def test_git_uses_it_as_its_merge_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    def git(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", "-C", str(tmp_path), *arguments], check=check, capture_output=True, text=True, timeout=60
        )

    git("init", "--quiet", "--initial-branch=main")
    git("config", "user.name", "Ines")
    git("config", "user.email", "ines@plant.example")
    git("config", "merge.flowengine.driver", f"{sys.executable} -m flowengine merge --name %P %O %A %B")
    (tmp_path / ".gitattributes").write_text("*.json merge=flowengine\n")
    write(tmp_path, **{"oven.json": base()})
    git("add", ".")
    git("commit", "--quiet", "-m", "begin")
    git("checkout", "--quiet", "-b", "theirs")
    theirs = base()
    add("b", {"from": "hold", "to": "b"})(theirs)
    write(tmp_path, **{"oven.json": theirs})
    git("commit", "--quiet", "-am", "theirs")
    git("checkout", "--quiet", "main")
    ours = base()
    add("a", {"from": "hold", "to": "a"})(ours)
    write(tmp_path, **{"oven.json": ours})
    git("commit", "--quiet", "-am", "ours")
    git("merge", "--quiet", "-m", "merged", "theirs")
    assert {"a", "b"} < set(json.loads((tmp_path / "oven.json").read_text())["nodes"])
    git("checkout", "--quiet", "theirs")
    option("hold", "setpoint", 1)(theirs)
    write(tmp_path, **{"oven.json": theirs})
    git("commit", "--quiet", "-am", "theirs again")
    git("checkout", "--quiet", "main")
    option("hold", "setpoint", 2)(ours)
    write(tmp_path, **{"oven.json": ours})
    git("commit", "--quiet", "-am", "ours again")
    done = git("merge", "theirs", check=False)
    assert done.returncode == 1
    assert "oven.json: conflict: node hold, options.setpoint: ours 2, theirs 1" in done.stderr + done.stdout
    assert json.loads((tmp_path / "oven.json").read_text())["nodes"]["hold"]["options"]["setpoint"] == 2
