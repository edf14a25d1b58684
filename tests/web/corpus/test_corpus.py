"""The corpus of options is what the nodes' schemas are now, and the server's judge says of it what is written there."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.web.corpus.make import FILE, corpus, written

KEPT: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def test_the_corpus_is_made_from_the_schemas_as_they_are() -> None:
    fresh = FILE.read_text(encoding="utf-8") == written(corpus())
    assert fresh, "a schema has changed: run python -m tests.web.corpus.make"


@pytest.mark.parametrize("name", KEPT)
def test_jsonschema_says_of_each_case_what_is_written(name: str) -> None:
    validator = Draft202012Validator(KEPT[name]["schema"])
    wrong = [options for options, valid in KEPT[name]["cases"] if validator.is_valid(options) != valid]
    assert wrong == []


def test_every_type_has_right_and_wrong_options() -> None:
    assert all({valid for _, valid in entry["cases"]} == {True, False} for entry in KEPT.values())
