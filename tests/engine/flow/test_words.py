"""What the flows of a folder say in other languages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowengine.flow.project import flow_files
from flowengine.flow.words import FILE, read_words, schema
from flowengine_web.sentences import own_sentences

FLOWS = Path(__file__).parents[3] / "flows"
READ = {
    "title",
    "page",
    "label",
    "confirm",
    "on_text",
    "off_text",
    "hint",
    "text",
    "area",
    "name",
    "choices",
    "no_reason",
}
"""Options of displays, controls and alarms that people read."""


def test_words_are_read_by_language_and_a_folder_without_them_has_none(tmp_path: Path) -> None:
    assert read_words(tmp_path).words == {}
    (tmp_path / FILE).write_text('{"flowengine": 1, "words": {"de": {"Stops": "Stillstände"}}}')
    found = read_words(tmp_path)
    assert (found.words, found.problems) == ({"de": {"Stops": "Stillstände"}}, [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ('{"flowengine": 1}', "words"),
        ('{"flowengine": 1, "words": {"German": {}}}', "German"),
        ('{"flowengine": 1, "words": {"de": {"Stops": ""}}}', "Stops"),
        ('{"flowengine": 1, "words": {"de": {"Stops": 1}}, "word": {}}', "word"),
    ],
)
def test_a_file_that_is_none_has_no_words_and_says_why(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / FILE).write_text(text)
    found = read_words(tmp_path)
    assert found.words == {}
    assert said in "; ".join(map(str, found.problems))


def test_it_is_no_flow_and_has_a_schema() -> None:
    assert FLOWS / FILE not in flow_files(FLOWS)
    assert schema()["required"] == ["flowengine", "words"]


def test_what_the_example_flows_say_to_operators_is_there_in_german_and_nothing_else_is() -> None:
    words = read_words(FLOWS).words["de"]
    known = words.keys() | own_sentences("de").keys()
    assert sorted(text for text in set(_said()) - known if any(map(str.isalpha, text))) == []
    everything = "\n".join(file.read_text() for file in FLOWS.glob("*.json") if file.name != FILE)
    assert [text for text in words if text not in everything] == []


def _said() -> Iterator[str]:
    for page in json.loads((FLOWS / "dashboard.json").read_text())["pages"]:
        yield page["name"]
    for file in flow_files(FLOWS):
        for node in json.loads(file.read_text())["nodes"].values():
            options = node.get("options", {})
            if node["type"].startswith("dashboard/") or node["type"] in {"control/alarm", "flow/alarm"}:
                yield from _read(options)
                yield from options["names"].values() if isinstance(options.get("names"), dict) else []
            elif node["type"] == "performance/downtime":
                yield options["no_reason"]


def _read(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, str) and key in READ:
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _read(one, key)
    elif isinstance(value, dict) and key != "names":
        for name, one in value.items():
            yield from _read(one, name)
