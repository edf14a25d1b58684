"""Node types in another language: from catalogues that packages of nodes bring, in a folder `words` beside their code.

`words/de/modbus.json` is for the types `modbus/...` of the package, `words/de/common.json` for all of its types::

    {
      "category": "Modbus",
      "names": {"read": "Lesen"},
      "titles": {"read": "Einen Wert immer wieder aus einem Modbus-Gerät lesen"},
      "options": {"unit": "Teilnehmer", "write.unit": "Teilnehmer"},
      "texts": {"Unit id (slave address) of the device": "Teilnehmeradresse (Unit-ID) des Geräts"}
    }

`options` are labels by the option's name, `texts` all other words (help of options and ports, choices) by what they are
in English, so that a text which changes is not translated wrongly but not at all. What no catalogue has stays English.
What nodes say while they run stands in a section of its own, `sentences`: see the module of that name.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from flowengine.node import Node
from flowengine.options import schema_of
from flowengine.port import Port
from flowengine.registry import NodeType

LOG = logging.getLogger("flowengine.web")

LARGEST = 1_000_000
"""Bytes of a catalogue."""
COMMON = "common"


@dataclass(frozen=True)
class Catalogue:
    """The words for one category of types, those for all types of the package behind them."""

    words: Mapping[str, Any] = field(default_factory=dict)
    common: Mapping[str, Any] = field(default_factory=dict)

    def find(self, section: str, *keys: str) -> str:
        """Return the first word that is there; empty: none is."""
        for catalogue in (self.words, self.common):
            found = catalogue.get(section, {})
            for key in keys:
                if key in found:
                    return str(found[key])
        return ""

    @property
    def category(self) -> str:
        """The name of the category; empty: it has none."""
        return str(self.words.get("category", ""))


ENGLISH = Catalogue()
"""No words: everything stays as it is."""


def catalogue_of(kind: NodeType, language: str) -> Catalogue:
    """Return the words for a node type; an empty catalogue for English and for languages that there is nothing in."""
    if not re.fullmatch(r"[a-z]{2,3}", language):
        return ENGLISH
    folder = words_folder(kind)
    if folder is None:
        return ENGLISH
    return _catalogue(folder / language, kind.name.partition("/")[0])


def words_folder(kind: NodeType) -> Path | None:
    """Return the folder of words of the package, or beside the file, that a node type comes from; None: it has none."""
    module = sys.modules.get(kind.cls.__module__.partition(".")[0]) or sys.modules.get(kind.cls.__module__)
    file = getattr(module, "__file__", None)
    folder = Path(file).parent / "words" if file else None
    return folder if folder is not None and folder.is_dir() else None


@cache
def _catalogue(folder: Path, category: str) -> Catalogue:
    return Catalogue(read_catalogue(folder / f"{category}.json"), read_catalogue(folder / f"{COMMON}.json"))


def read_catalogue(file: Path) -> Mapping[str, Any]:
    """Return what a catalogue says; one that cannot be read is logged and left out."""
    if not file.is_file():
        return {}
    try:
        if file.stat().st_size > LARGEST:
            raise ValueError(f"it is larger than {LARGEST} bytes")
        data = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(data, dict) or not all(isinstance(v, (dict, str)) for v in data.values()):
            raise ValueError('expected {"category": "...", "names": {...}, "titles": {...}, ...}')
    except (OSError, ValueError) as error:
        LOG.warning("the words of %s are left out: %s", file, error)
        return {}
    return data


def schema_in(kind: NodeType, words: Catalogue) -> dict[str, Any]:
    """Return the schema of a type's options with labels and help in another language."""
    if not words.words and not words.common:
        return schema_of(kind.cls)
    translated: dict[str, Any] = _schema(schema_of(kind.cls), words, kind.name.partition("/")[2])
    return translated


def _schema(schema: Any, words: Catalogue, type_name: str) -> Any:
    if isinstance(schema, list):
        return [_schema(one, words, type_name) for one in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: _schema(value, words, type_name) if key in _NESTED else value for key, value in schema.items()}
    for key in ("title", "description"):
        if key in result:
            result[key] = words.find("texts", result[key]) or result[key]
    if "x-titles" in result:
        result["x-titles"] = {value: words.find("texts", text) or text for value, text in schema["x-titles"].items()}
    if isinstance(schema.get("properties"), dict):
        result["properties"] = {
            name: _option(name, option, words, type_name) for name, option in schema["properties"].items()
        }
    return result


_NESTED = {"items", "anyOf", "oneOf", "allOf", "additionalProperties"}


def _option(name: str, option: Any, words: Catalogue, type_name: str) -> Any:
    result = _schema(option, words, type_name)
    label = words.find("options", *label_keys(type_name, name, option))
    return {**result, "title": label} if label else result


def label_keys(type_name: str, name: str, option: Mapping[str, Any]) -> list[str]:
    """Return under which keys the label of an option may stand: for this type first, then for all."""
    names = [option["title"], name] if "title" in option else [name]
    return [*(f"{type_name}.{one}" for one in names), *names]


def untranslated(kind: NodeType, words: Catalogue) -> Iterator[str]:
    """Yield what a catalogue lacks of a node type."""
    short = kind.name.partition("/")[2]
    for section in ("names", "titles"):
        if not words.find(section, short):
            yield f"{kind.name}: {section}"
    for name, option in options_of(kind):
        if not words.find("options", *label_keys(short, name, option)):
            yield f"{kind.name}: options.{name}"
    for text in (*texts_of(kind), *(port.description for port in ports_of(kind))):
        if text and not words.find("texts", text):
            yield f"{kind.name}: texts.{text}"


def options_of(kind: NodeType) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the options of a node type and the members of their objects, each with its schema."""
    yield from _options(schema_of(kind.cls))


def ports_of(kind: NodeType) -> tuple[Port, ...]:
    """Return the ports that a type has whatever its options are."""
    return (*declared(kind.cls, "input_ports"), *declared(kind.cls, "output_ports"))


def declared(cls: type[Node], method: str) -> tuple[Port, ...]:
    """Return the ports that a class names without options; none: they depend on the options."""
    try:
        ports: tuple[Port, ...] = getattr(cls, method)({})
    except Exception:  # noqa: BLE001 - a stranger's code that needs its options to answer
        return ()
    return ports


def texts_of(kind: NodeType) -> Iterator[str]:
    """Yield the English texts of a node type's options, at any depth."""
    for _, option in options_of(kind):
        yield from (option[key] for key in ("description",) if key in option)
        yield from option.get("x-titles", {}).values()
        for one in (*option.get("anyOf", ()), *option.get("oneOf", ())):
            yield from (one[key] for key in ("title", "description") if key in one)


def _options(schema: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(schema, list):
        for one in schema:
            yield from _options(one)
    elif isinstance(schema, dict):
        for name, option in schema.get("properties", {}).items():
            yield name, option
            yield from _options(option)
        for key in _NESTED & schema.keys():
            yield from _options(schema[key])
