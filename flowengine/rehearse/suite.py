"""Finds the tests beside the flows of a folder and runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from flowengine.errors import FlowInvalid
from flowengine.flow.problem import Problem
from flowengine.flow.project import Project, load_project
from flowengine.registry import Registry
from flowengine.rehearse.coverage import Coverage
from flowengine.rehearse.file import SUFFIX, Case, TestFile, read_tests
from flowengine.rehearse.places import Places
from flowengine.rehearse.rehearsal import LONGEST, Outcome, rehearse
from flowengine.rehearse.sense import check_case
from flowengine.rehearse.stage_set import plan_for_tests

SKIPPED: Final = frozenset({"node_modules", "venv", "__pycache__"})
"""Folders that are not looked into; nor are hidden ones."""


@dataclass
class FileResult:
    """What became of the tests of one file."""

    file: TestFile
    outcomes: list[Outcome] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What is wrong with the test file or its flow; then none of its tests ran."""
    coverage: Coverage | None = None

    def line(self, keys: tuple[str | int, ...]) -> int:
        """Return the line of a piece of the file."""
        return self.file.json.lines([keys]).get(keys, 0)


@dataclass
class Result:
    """What became of all tests."""

    files: list[FileResult] = field(default_factory=list)
    untested: list[Coverage] = field(default_factory=list)
    """Flows in the same folders that have no tests."""

    @property
    def outcomes(self) -> list[Outcome]:
        """Every test that ran or was skipped."""
        return [outcome for file in self.files for outcome in file.outcomes]

    @property
    def exit_code(self) -> int:
        """0: all passed; 1: some did not; 2: a test file or a flow is broken, or there was nothing to run."""
        if not self.files or any(file.problems for file in self.files):
            return 2
        if any(outcome.error for outcome in self.outcomes):
            return 2
        return 1 if any(outcome.unmet for outcome in self.outcomes) else 0


def find_tests(paths: Iterable[Path]) -> list[Path]:
    """Return the test files that are meant: those of folders at any depth, those beside flows, those named.

    Raises:
        FileNotFoundError: there is no such file or folder, or a flow has no tests beside it.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found.update(dict.fromkeys(_in_folder(path)))
            continue
        wanted = path if path.name.endswith(SUFFIX) else path.with_name(path.name.removesuffix(".json") + SUFFIX)
        if not wanted.exists():
            raise FileNotFoundError(f"there is no file or folder {wanted}")
        found[wanted] = None
    return list(found)


def _in_folder(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*" + SUFFIX)):
        parts = file.relative_to(folder).parts
        if not any(part.startswith(".") or part in SKIPPED for part in parts):
            yield file


def run_tests(
    paths: Iterable[Path],
    registry: Registry,
    wanted: Callable[[TestFile, Case], bool] = lambda file, case: True,
    ran: Callable[[FileResult, Outcome], None] = lambda result, outcome: None,
    began: Callable[[FileResult], None] = lambda result: None,
    longest: float = LONGEST,
) -> Result:
    """Run test files one after the other; `began` and `ran` hear of each file and each test."""
    result = Result()
    flows_tested: set[Path] = set()
    folders: dict[Path, None] = {}
    for path in paths:
        file_result = FileResult(read_tests(path))
        result.files.append(file_result)
        began(file_result)
        _run_file(file_result, registry, wanted, ran, longest)
        flows_tested.add(file_result.file.flow_path)
        folders[path.parent] = None
    for folder in folders:
        result.untested += _untested(folder, flows_tested, registry)
    return result


def _run_file(
    result: FileResult,
    registry: Registry,
    wanted: Callable[[TestFile, Case], bool],
    ran: Callable[[FileResult, Outcome], None],
    longest: float,
) -> None:
    file = result.file
    result.problems += [str(problem) for problem in file.problems]
    if not file.flow_path.exists():
        missing = Problem("error", "no-flow", f"there is no flow {file.flow_path.name} beside it", file.json.file)
        result.problems.append(str(missing))
    if result.problems:
        return
    project = load_project(file.flow_path)
    planned: dict[tuple[tuple[str, str], ...], Places] = {}
    report = file.json.report()
    for case in file.cases:
        variables = tuple(sorted(case.environment.items()))
        if variables not in planned:
            try:
                planned[variables] = _plan(file, project, registry, dict(variables))
            except FlowInvalid as invalid:
                result.problems += [str(problem) for problem in invalid.problems]
                return
        check_case(case, planned[variables], report)
    result.problems += [str(problem) for problem in report.problems()]
    if result.problems:
        return
    for case in file.cases:
        places = planned[tuple(sorted(case.environment.items()))]
        if not wanted(file, case):
            continue
        outcome = rehearse(case, places, longest)
        result.outcomes.append(outcome)
        result.coverage = result.coverage or Coverage.of(places)
        result.coverage.add(outcome)
        ran(result, outcome)


def _plan(file: TestFile, project: Project, registry: Registry, environment: dict[str, str]) -> Places:
    flow = project.flows[project.chosen[0]]
    if flow.flow is not None and flow.flow.subflow is not None:
        message = f"'{flow.name}' is a subflow: it runs, and is tested, in a flow that uses it"
        raise FlowInvalid(flow.name, [Problem("error", "subflow-test", message, file.json.file)])
    return plan_for_tests(flow, project, registry, environment)


def _untested(folder: Path, tested: set[Path], registry: Registry) -> list[Coverage]:
    """Return the coverage, none, of the flows in a folder that have no test file."""
    project = load_project(folder)
    found: list[Coverage] = []
    for flow in project.runnable():
        file = project.flows[flow.name]
        if Path(file.json.file) in tested:
            continue
        try:
            found.append(Coverage.of(plan_for_tests(file, project, registry, {})))
        except FlowInvalid:
            found.append(Coverage(flow.name, sorted(flow.nodes), []))
    return found
