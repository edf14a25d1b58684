"""What the tree as a whole must keep to."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import flowengine

ROOT = Path(__file__).parents[2]
ROOMS = ("flowengine", "nodes", "web/flowengine_web", "demo", "bench")
SOURCES = sorted(file for room in (*ROOMS, "tests") for file in (ROOT / room).rglob("*.py"))
ENGINE = sorted((ROOT / "flowengine").rglob("*.py"))


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {str(file.relative_to(ROOT)): n for file in SOURCES if (n := len(file.read_text().splitlines())) > 400}
    assert long == {}


def test_there_is_one_road_to_an_actuator() -> None:
    callers = [file.name for file in ENGINE if re.search(r"\.submit\(", file.read_text())]
    assert sorted(callers) == ["actuation.py", "testing.py"]
    writers = [file.name for file in ENGINE if re.search(r"\b(actuator|node|target)\.write\(", file.read_text())]
    assert writers == []


def test_only_the_clock_and_what_is_about_the_machine_ask_the_machine_for_the_time() -> None:
    asking = [
        str(file.relative_to(ROOT))
        for room in ("flowengine", "nodes", "web/flowengine_web")
        for file in sorted((ROOT / room).rglob("*.py"))
        if re.search(r"\btime\.(time|monotonic|perf_counter|sleep)\(|datetime\.now\(|utcnow\(", file.read_text())
    ]
    allowed = {
        "flowengine/clock.py",  # the clock itself
        "flowengine/runtime/stage.py",  # how long the loop has been busy
        "flowengine/runtime/pace.py",  # the same, of work that makes way for others
        "flowengine/service/deploys/phases.py",  # how long a deploy took
        "flowengine/rehearse/command.py",  # how long the tests took
        "flowengine/rehearse/rehearsal.py",
    }
    assert set(asking) <= allowed


def test_no_test_judges_by_a_clock_of_the_machine() -> None:
    """How long something takes says as much about the computer as about what is tested: see CONTRIBUTING.md."""
    clocks = re.compile(r"process_time|thread_time|perf_counter|time\.monotonic\b|getrusage|tracemalloc|psutil")
    rooms = ("plants", "soak")  # a plant waits for its server; what soaks is alone on the machine
    allowed = {
        "fair.py",  # measures how long the machine was away
        "web/patience.py",  # waits
        "nodered/comparing.py",  # waits
        "engine/workers/test_falls.py",  # has a flow be busy for a while
        "web/api/test_live_frames.py",  # is busy for a while
        "rules/test_the_house.py",  # names them
    }
    found = []
    for file in sorted((ROOT / "tests").rglob("*.py")):
        name, text = file.relative_to(ROOT / "tests").as_posix(), file.read_text()
        if name.split("/")[0] in rooms or name in allowed or not clocks.search(text):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                code = ast.unparse(node)
                if clocks.search(code) and "assert " in code and "pytest.mark.timed" not in code:
                    found.append(f"{name}: {node.name}")
    assert found == []


def test_the_public_names_are_sorted_and_all_there() -> None:
    assert flowengine.__all__ == sorted(flowengine.__all__)
    assert all(hasattr(flowengine, name) for name in flowengine.__all__)


def test_every_make_target_is_in_the_contributors_guide() -> None:
    targets = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    assert len(targets) >= 6
    assert [target for target in targets if f"`make {target}`" not in guide] == []


def test_every_relative_link_in_the_docs_leads_somewhere() -> None:
    broken = []
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            if not (page.parent / link).exists():
                broken.append(f"{page.relative_to(ROOT)}: {link}")
    assert broken == []


def test_no_module_is_called_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert [str(file) for file in SOURCES if file.stem in vague] == []


def test_every_test_that_the_docs_name_is_there() -> None:
    pages = [ROOT / "docs" / "security.md", ROOT / "docs" / "safety.md"]
    named = {name for page in pages for name in re.findall(r"`(tests/[\w/.]+)`", page.read_text())}
    assert len(named) > 30
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
