"""`flowengine models`: versions by their hash, what was measured of them in a flow that really ran, and promotion."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from flowengine import Message
from flowengine.assets.models import versions
from flowengine.cli.models import models
from flowengine.runtime.checkpoints.keepsakes import keepsakes_file
from flowengine.service.places import checkpoints_folder
from flowengine.store.checkpoints import Changes, CheckpointFile, Stored
from flowengine.store.packing import pack_value
from flowengine.testing import running
from flowengine_nodes.models.river import RiverModel

TAKES = {"speed": [0.0, 60.0]}
GIVES = {"current": [0.0, 40.0]}


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(models, [*map(str, arguments)], catch_exceptions=False)


def taught(node: RiverModel, slope: float, count: int = 60) -> RiverModel:
    async def main() -> None:
        async with running(node):
            for number in range(count):
                speed = number % 60
                node.process(Message({"speed": speed}))
                node.on_truth(Message(slope * speed))

    asyncio.run(main())
    return node


def stored(folder: Path, node: RiverModel) -> None:
    """Keep what the engine keeps of a running node, in the engine's own files."""
    places = checkpoints_folder(folder)
    for file, name, value in (
        (places / "press.sqlite", "node:predict", node.state()),
        (keepsakes_file(places, "press"), "predict", node.keepsake()),
    ):
        kept = CheckpointFile(file)
        kept.write(Changes(states={name: Stored("models/river", pack_value(value))}))
        kept.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two versions of a model, one of which challenges the other."""
    flows = tmp_path / "flows"
    options: dict[str, Any] = {"takes": TAKES, "gives": GIVES}
    for version, slope in (("1", 0.2), ("2", 0.5)):
        node = taught(RiverModel(takes=TAKES, gives=GIVES), slope)
        file = flows / "models" / "current" / f"{version}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(next(iter(node.state()["learned"].values()))))
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        names = ("file", "sha256") if version == "1" else ("challenger", "challenger_sha256")
        options |= {names[0]: str(file), names[1]: digest}
    (flows / "models" / "unsafe.pkl").write_bytes(b"code")
    node = taught(RiverModel(**options), 0.5)
    stored(flows, node)
    flow = {
        "flowengine": 1,
        "name": "press",
        "nodes": {
            "every": {"type": "timing/every", "options": {"interval": 1}},
            "predict": {"type": "models/river", "options": {**options, "version": "1"}},
        },
        "wires": [{"from": "every", "to": "predict"}],
    }
    (flows / "press.json").write_text(json.dumps(flow))
    return flows


def test_versions_are_listed_with_their_hash_their_users_and_what_was_measured(folder: Path) -> None:
    one, two = versions(folder)
    assert (one.name, one.version, two.version) == ("current", "1", "2")
    result = run("list", folder)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].startswith("current 1")
    assert one.sha256[:12] in lines[0]
    assert lines[1].startswith("  model      press/predict: count 60")
    assert "answers 60, coverage 0.9" in lines[1]  # a few answers were cut at their bounds
    assert "difference" not in lines[1]
    assert lines[3].startswith("  challenger press/predict: count 60")
    assert "difference" in lines[3]
    assert "unsafe" not in result.output

    found = json.loads(run("list", folder, "--json").output)
    mine, theirs = found["uses"]
    assert theirs["mae"] < mine["mae"]
    assert theirs["difference"] > 0


def test_a_version_that_was_changed_is_another_one_and_the_node_s_own_is_missing(folder: Path) -> None:
    (folder / "models" / "current" / "1.json").write_text("{}")
    result = run("list", folder)
    assert result.exit_code == 1
    assert "no flow uses it" in result.output
    assert "NOT in models/" in result.output


def test_what_was_learned_becomes_a_version_and_overwrites_none(folder: Path) -> None:
    new = folder / "models" / "current" / "3.json"
    result = run("save", folder, "press/predict", new)
    assert result.exit_code == 0, result.output
    digest, _, _ = result.output.partition("  ")
    taught(RiverModel(takes=TAKES, gives=GIVES, file=str(new), sha256=digest), 0.5)  # it begins from it
    again = run("save", folder, "press/predict", new)
    assert (again.exit_code, "is there already" in again.output) == (1, True)
    none = run("save", folder, "press/every", new.with_name("4.json"))
    assert "press/every has learned no model that is kept" in none.output


def test_promoting_the_challenger_is_a_change_of_the_flow_file_and_of_nothing_else(folder: Path) -> None:
    two = versions(folder)[1]
    assert run("promote", folder, "press/predict").exit_code == 0
    options = json.loads((folder / "press.json").read_text())["nodes"]["predict"]["options"]
    assert options["sha256"] == two.sha256
    assert {"challenger", "challenger_sha256", "version"}.isdisjoint(options)
    lines = run("list", folder).output.splitlines()
    assert lines[1] == "  no flow uses it"
    refused = run("promote", folder, "press/predict")
    assert (refused.exit_code, "has no challenger" in refused.output) == (1, True)


def test_without_models_it_says_so_and_one_that_has_no_file_yet_is_listed(tmp_path: Path) -> None:
    assert "no models" in run("list", tmp_path).output
    flow = {"flowengine": 1, "name": "press", "nodes": {}, "wires": []}
    flow["nodes"] = {"predict": {"type": "models/river", "options": {"takes": TAKES, "gives": GIVES}}}
    (tmp_path / "press.json").write_text(json.dumps(flow))
    result = run("list", tmp_path)
    assert result.exit_code == 0
    assert "no file yet: flowengine models save" in result.output
    assert "press/predict: nothing measured yet" in result.output
