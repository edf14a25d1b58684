"""The built-in nodes speak the plant's languages: nothing is left out, and no catalogue says what no node has."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path

import pytest

import flowengine_nodes
from flowengine.registry import NodeType, Registry
from flowengine_web.help_pages import body_of, fingerprint, page_of
from flowengine_web.wording import catalogue_of, label_keys, options_of, ports_of, schema_in, texts_of, untranslated

WORDS = Path(flowengine_nodes.__file__).parent / "words"
LANGUAGES = sorted(folder.name for folder in WORDS.iterdir())


@pytest.fixture(scope="module")
def kinds() -> list[NodeType]:
    """The built-in node types."""
    return [
        kind
        for kind in Registry.discover().types.values()
        if kind.cls.__module__.partition(".")[0] == "flowengine_nodes"
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_label_and_help_of_a_built_in_node_is_translated(kinds: list[NodeType], language: str) -> None:
    assert [text for kind in kinds for text in untranslated(kind, catalogue_of(kind, language))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_in_another_language_is_there_and_says_what_the_english_says_now(
    kinds: list[NodeType], language: str
) -> None:
    wanted = {page_of(kind, language): fingerprint(kind) for kind in kinds if body_of(kind)}
    there = {file: file.read_text().partition("\n")[0] for file in (WORDS / language / "help").rglob("*.md")}
    assert there == wanted


@pytest.mark.parametrize(
    "file",
    sorted(WORDS.rglob("*.json")),
    ids=lambda file: f"{file.parent.name}/{file.stem}",
)
def test_a_catalogue_says_nothing_that_no_node_has(kinds: list[NodeType], file: Path) -> None:
    words = json.loads(file.read_text())
    mine = [kind for kind in kinds if file.stem in ("common", kind.name.partition("/")[0])]
    short = {kind.name.partition("/")[2] for kind in mine}
    labels = {
        key
        for kind in mine
        for name, option in options_of(kind)
        for key in label_keys(kind.name.partition("/")[2], name, option)
    }
    texts = {text for kind in mine for text in (*texts_of(kind), *(port.description for port in ports_of(kind)))}
    assert set(words.get("names", {})) | set(words.get("titles", {})) <= short
    assert sorted(set(words.get("options", {})) - labels) == []
    assert sorted(set(words.get("texts", {})) - texts) == []


def test_what_is_not_translated_stays_english_and_no_language_changes_what_is_valid(kinds: list[NodeType]) -> None:
    pid = next(kind for kind in kinds if kind.name == "control/pid")
    german, klingon = (deepcopy(schema_in(pid, catalogue_of(pid, language))) for language in ("de", "tlh"))
    assert german["properties"]["setpoint"]["title"] == "Sollwert"
    assert klingon["properties"]["setpoint"]["description"] == "The value to hold, in the unit of the measurement"
    for schema in (german, klingon):
        for option in schema["properties"].values():
            option.pop("title", None)
            option.pop("description", None)
    assert german == klingon
