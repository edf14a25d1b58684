"""Reads test files: their form, and what a test is made of once the common part has been added."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from flowengine.flow.problem import Keys, Problem
from flowengine.flow.strict_json import MISSING, Json, read_json
from flowengine.rehearse.shape import Answer, Feed, Plant, Test, TestFileShape, given, schema

SUFFIX = ".test.json"


@dataclass(frozen=True)
class Case:
    """One test with all it has, and where each piece stands in the file."""

    keys: Keys
    test: Test
    environment: dict[str, str]
    start: str
    """Empty: at the virtual epoch."""
    duration: float | None
    real: list[tuple[Keys, str]]
    feed: list[tuple[Keys, Feed]]
    answers: dict[str, tuple[Keys, list[Answer]]]
    plants: list[tuple[Keys, Plant]]

    @property
    def name(self) -> str:
        """The name of the test."""
        return self.test.name


@dataclass(frozen=True)
class TestFile:
    """The tests of one flow, and where they were read."""

    __test__ = False

    path: Path
    json: Json
    cases: list[Case] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def flow_path(self) -> Path:
        """The flow file beside it."""
        return self.path.with_name(self.path.name.removesuffix(SUFFIX) + ".json")


def read_tests(path: Path, shown_as: str = "") -> TestFile:
    """Read a test file; never raises, see `TestFile.problems`."""
    json = read_json(path, shown_as)
    if json.value is MISSING or json.problems:
        return TestFile(path, json, problems=json.problems)
    try:
        shape = msgspec.convert(json.value, TestFileShape)
    except (msgspec.ValidationError, RecursionError) as error:
        return TestFile(path, json, problems=_form_problems(json, error))
    cases = [_case(shape, number) for number in range(len(shape.tests))]
    report = json.report()
    seen: set[str] = set()
    for case in cases:
        if case.name in seen:
            report.error("duplicate-test", (*case.keys, "name"), f"another test is called '{case.name}'")
        seen.add(case.name)
    return TestFile(path, json, cases, report.problems())


def _form_problems(json: Json, error: Exception) -> list[Problem]:
    from flowengine.flow.judge import judge  # slow to import, and seldom needed

    report = json.report()
    if not (isinstance(json.value, dict) and "flowengine-test" in json.value):
        hint = 'a test file begins with {"flowengine-test": 1, "tests": ['
        report.error("not-a-test", (), "this is not a test file: the key 'flowengine-test' is missing", hint=hint)
        return report.problems()
    for verdict in judge(schema(), json.value):
        report.error(verdict.code, verdict.keys, verdict.message, hint=verdict.hint)
    if not report.has_errors:
        report.error("bad-value", (), str(error))
    return report.problems()


def _case(shape: TestFileShape, number: int) -> Case:
    test, common = shape.tests[number], shape.common
    keys: Keys = ("tests", number)
    answers: dict[str, tuple[Keys, list[Answer]]] = {}
    for place, setting in ((("common",), common), (keys, test)):
        for node, answer in setting.answers.items():
            found = answer if isinstance(answer, list) else [answer]
            answers[node] = ((*place, "answers", node), found)
    start = next((s.start for s in (test, common) if isinstance(s.start, str)), "")
    duration = next((s.duration for s in (test, common) if isinstance(s.duration, int | float)), None)
    common_plants, own_plants = _plants(("common", "plant"), common.plant), _plants((*keys, "plant"), test.plant)
    replaced = {plant.output for _, plant in own_plants}
    return Case(
        keys=keys,
        test=test,
        environment={**common.environment, **test.environment},
        start=start,
        duration=duration,
        real=_placed(("common", "real"), common.real) + _placed((*keys, "real"), test.real),
        feed=_placed(("common", "feed"), common.feed) + _placed((*keys, "feed"), test.feed),
        answers=answers,
        plants=[plant for plant in common_plants if plant[1].output not in replaced] + own_plants,
    )


def _placed(keys: Keys, items: list[Any]) -> list[tuple[Keys, Any]]:
    return [((*keys, number), item) for number, item in enumerate(items)]


def _plants(keys: Keys, plants: Plant | list[Plant]) -> list[tuple[Keys, Plant]]:
    return [(keys, plants)] if isinstance(plants, Plant) else _placed(keys, plants)


def last_moment(case: Case) -> float:
    """Return how long a test lasts in seconds: as stated, or until one second after the last thing it speaks of."""
    if case.duration is not None:
        return case.duration
    moments = [0.0, *(press.at for press in case.test.press)]
    moments += [d.at for _, plant in case.plants for d in plant.disturb]
    for _, feed in case.feed:
        moments.append(last_of(feed))
    for expectation in case.test.expect:
        for timed in (expectation, *(expectation.order if isinstance(expectation.order, list) else ())):
            moments += [m for m in (timed.at, timed.after, timed.by) if isinstance(m, int | float)]
    return max(moments) + 1.0


def last_of(feed: Feed) -> float:
    """Return when the last message of a feed comes, in seconds; that of a series without end does not count."""
    if not isinstance(feed.every, int | float):
        return feed.at
    ends = [feed.until] if isinstance(feed.until, int | float) else []
    if isinstance(feed.count, int):
        ends.append(feed.at + (feed.count - 1) * feed.every)
    elif isinstance(feed.values, list) and not given(feed.until):
        ends.append(feed.at + (len(feed.values) - 1) * feed.every)
    return min(ends, default=feed.at)
