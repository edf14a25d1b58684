"""The results as JUnit XML, which every CI server reads.

The form is that of the Jenkins xUnit schema (jenkinsci/xunit-plugin, junit-10.xsd): testsuites, testsuite, testcase
with failure, error or skipped.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from flowengine.rehearse.rehearsal import Outcome
from flowengine.rehearse.report import failure_lines
from flowengine.rehearse.suite import FileResult, Result

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(path: Path, result: Result) -> None:
    """Write the results to a file; its folder is made."""
    suites = ElementTree.Element("testsuites", name="flowengine test")
    for file in result.files:
        suites.append(_suite(file))
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.indent(suites)
    ElementTree.ElementTree(suites).write(path, encoding="utf-8", xml_declaration=True)


def _suite(file: FileResult) -> ElementTree.Element:
    outcomes = file.outcomes
    suite = ElementTree.Element(
        "testsuite",
        name=_text(file.file.json.file),
        tests=str(len(outcomes) or bool(file.problems) + 0),
        failures=str(sum(bool(o.unmet) for o in outcomes)),
        errors=str(sum(bool(o.error) for o in outcomes) + bool(file.problems)),
        skipped=str(sum(bool(o.case.test.skip) for o in outcomes)),
        time=f"{sum(o.seconds for o in outcomes):.3f}",
    )
    if file.problems:
        case = ElementTree.SubElement(suite, "testcase", classname=_class(file), name="the file and its flow are valid")
        error = ElementTree.SubElement(case, "error", message=_text(file.problems[0]))
        error.text = _text("\n".join(file.problems))
    for outcome in outcomes:
        suite.append(_case(file, outcome))
    return suite


def _case(file: FileResult, outcome: Outcome) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        classname=_class(file),
        name=_text(outcome.case.name),
        file=_text(file.file.json.file),
        line=str(file.line(outcome.case.keys)),
        time=f"{outcome.seconds:.3f}",
    )
    if outcome.case.test.skip:
        ElementTree.SubElement(case, "skipped", message=_text(outcome.case.test.skip))
    elif outcome.error or outcome.unmet:
        kind, message = ("error", outcome.error) if outcome.error else ("failure", outcome.unmet[0].expected)
        found = ElementTree.SubElement(case, kind, message=_text(message))
        found.text = _text("\n".join(failure_lines(file, outcome)))
    return case


def _class(file: FileResult) -> str:
    return _text(file.file.flow_path.stem)


def _text(text: str) -> str:
    """Leave out what XML cannot hold."""
    return _NOT_XML.sub("?", text)
