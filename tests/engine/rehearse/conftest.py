"""Runs flow tests that are written in the test itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowengine.rehearse.suite import FileResult, run_tests
from tests.engine.rehearse.oven_nodes import OVEN, registry

Run = Callable[..., FileResult]


@pytest.fixture
def rehearse(tmp_path: Path) -> Run:
    """Return a function that runs tests of a flow and returns what became of them."""

    def run(*tests: dict[str, Any], flow: Any = OVEN, common: Any = None, siblings: Any = ()) -> FileResult:
        named = [{"name": f"test {number}", **test} for number, test in enumerate(tests)]
        whole = {"flowengine-test": 1, **({"common": common} if common else {}), "tests": named}
        (tmp_path / "flow.json").write_text(json.dumps(flow, indent=1))
        (tmp_path / "flow.test.json").write_text(json.dumps(whole, indent=1))
        for sibling in siblings:
            (tmp_path / f"{sibling['name']}.json").write_text(json.dumps(sibling))
        return run_tests([tmp_path / "flow.test.json"], registry()).files[0]

    return run
