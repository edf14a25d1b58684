"""`words.json`: what the flows of a folder say to people, in other languages than that of the flow files.

Titles, headings, choices, texts of alarms, names of pages: each as it stands in its file, and what it is in another
language. See docs/decisions/0034-words-beside-the-flows.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from flowengine.flow.beside import converted
from flowengine.flow.problem import Problem
from flowengine.flow.shape import Note, SchemaUrl, Version
from flowengine.flow.strict_json import Json, read_json
from flowengine.options import DIALECT, type_schema

FILE: Final = "words.json"
"""The name of the file, beside the flows."""

Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}$(?!\n)", description="Such as de")]
Text = Annotated[str, Meta(min_length=1, max_length=2000)]


class WordsShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The words of a folder of flows."""

    schema: SchemaUrl = msgspec.field(name="$schema", default="")
    flowengine: Version
    note: Note = ""
    words: Annotated[
        dict[Language, dict[Text, Text]],
        Meta(description="For each language: a text as the flows have it -> what it is there; {name}: any value"),
    ]


@dataclass(frozen=True)
class WordsFile:
    """The words by language, and what is wrong with the file; one with errors has no words."""

    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_words(folder: Path) -> WordsFile:
    """Read the words of a folder; never raises. Without a file there are none."""
    file = folder / FILE
    return _words(read_json(file)) if file.exists() else WordsFile()


def schema() -> dict[str, Any]:
    """Return the JSON Schema of `words.json`."""
    return {"$schema": DIALECT, **type_schema(WordsShape), "title": "Words"}


def _words(json: Json) -> WordsFile:
    shape, problems = converted(json, WordsShape, schema())
    return WordsFile({} if shape is None else shape.words, problems)
