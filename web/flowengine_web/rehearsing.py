"""Runs the tests of flows on a content that waits for its yeses, in a folder of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from flowengine.clock import Clock
from flowengine.registry import Registry
from flowengine.rehearse.file import SUFFIX
from flowengine.rehearse.suite import FileResult, find_tests, run_tests

LONGEST: Final = 30.0
"""Seconds for all tests together; what has not begun by then is left out, and said so."""


class Rehearsing:
    """Runs the tests of one folder of flows."""

    def __init__(self, folder: Path, registry: Registry) -> None:
        self._folder, self._registry = folder, registry

    def __call__(self, content: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return what became of the tests of each flow, as `shapes.FlowTest` has it."""
        clock = Clock()
        end = clock.monotonic() + LONGEST
        with tempfile.TemporaryDirectory(prefix="flowengine-rehearsal-") as made:
            place = Path(made)
            for name, text in content.items():
                (place / name).write_text(text, encoding="utf-8")
            for file in self._folder.glob("*" + SUFFIX):
                if (place / (file.name.removesuffix(SUFFIX) + ".json")).exists():
                    shutil.copyfile(file, place / file.name)
            result = run_tests(
                find_tests([place]), self._registry, lambda file, case: clock.monotonic() < end, longest=LONGEST
            )
            return [_told(file, place) for file in result.files]


def _told(result: FileResult, place: Path) -> dict[str, Any]:
    problems = [problem.replace(f"{place}/", "") for problem in result.problems]
    left = len(result.file.cases) - len(result.outcomes)
    if left and not problems:
        problems = [f"{left} tests were not run: there was no time left"]
    failed = [one.case.name for one in result.outcomes if one.unmet or one.error]
    passed = len([one for one in result.outcomes if one.passed])
    return {"file": result.file.path.name, "passed": passed, "failed": failed, "problems": problems}
