"""Code in a node that never comes to an end: the simulation does, and says where it was."""

from __future__ import annotations

from pathlib import Path

from flowengine.registry import Registry
from flowengine.simulate.process import Simulator
from tests.engine.simulate.recorded_oven import Site, envelope, flow


def test_python_that_never_ends_is_given_up_within_the_limit_and_its_node_is_named(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.temperatures([100.0, 110.0])
    old = flow(0.4)
    old["nodes"]["heat"] = {"type": "values/python", "options": {"code": "import time\nwhile True: time.sleep(1)"}}
    place = site.version("old", old, envelope())
    result = Simulator(Registry()).folders(place, site.version("new", flow(0.5), envelope()), site.recordings, 4, 1)
    assert result.state == "failed"
    named = "look whether the code of oven/heat ever ends, or "
    late = "not finished after 1 s: {}choose fewer hours"
    assert result.error in (late.format(named), late.format("")), "the second where it takes half a second to get there"


def test_javascript_that_never_ends_fails_its_messages_alone(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.temperatures([100.0, 110.0])
    site.version("old", flow(0.4), envelope())
    new = flow(0.4)
    new["nodes"]["heat"] = {"type": "nodered/function", "options": {"func": "while (true) {}", "timeout": 0.05}}
    site.version("new", new, envelope())
    result = site.compare()
    assert result.state == "done"
    (trouble,) = result.troubles
    assert (trouble.node, trouble.old, trouble.new) == ("heat", 0, 2)
    assert "timed out after 50ms" in trouble.text
    (output,) = result.outputs
    assert output.old is not None
    assert output.old.written == 2
