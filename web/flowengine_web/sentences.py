"""What the engine says, in another language: the sentences of problems, refusals, statuses and alarms.

The engine speaks English: its log, command line, record and API. Whoever reads another language has the canvas turn it,
by the section `sentences` of the catalogues: those beside this file for the engine, a file for each of its rooms, and
those that packages bring for their nodes (see `wording`)::

    "sentences": {
      "there is no node '{node}'": "Es gibt keinen Knoten „{node}“",
      "the default {fault*}": "Die Vorgabe {fault}"
    }

A name in braces stands for a value, which is shown as it is; with a star behind it for another sentence, which is
turned too. See docs/decisions/0033-sentences-by-template.md.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from flowengine.flow.words import read_words
from flowengine.registry import Registry
from flowengine_web.wording import read_catalogue, words_folder

LOG = logging.getLogger("flowengine.web")

OWN = Path(__file__).parent / "words"
"""The engine's own."""


def own_sentences(language: str) -> dict[str, str]:
    """Return what the engine can say, English to that language; nothing for a language that there are no words in."""
    return _sentences(OWN / language) if re.fullmatch(r"[a-z]{2,3}", language) else {}


def all_sentences(language: str, registry: Registry) -> dict[str, str]:
    """Return the same with what installed nodes can say; the engine has the last word on its own sentences."""
    own = own_sentences(language)
    return {**_merged(folder / language for folder in _folders(registry)), **own} if own else {}


def plant_words(language: str, folder: Path) -> dict[str, str]:
    """Return what the flows of a folder say, by its `words.json`; one with errors is logged and has no words."""
    found = read_words(folder)
    for problem in found.problems:
        LOG.warning("the words of the flows are left out: %s", problem)
    return dict(found.words.get(language, {}))


def _folders(registry: Registry) -> set[Path]:
    return {folder for kind in registry.types.values() if (folder := words_folder(kind)) is not None}


def _merged(folders: Iterable[Path]) -> dict[str, str]:
    return {english: said for folder in sorted(folders) for english, said in _sentences(folder).items()}


@cache
def _sentences(folder: Path) -> dict[str, str]:
    catalogues = [read_catalogue(file) for file in sorted(folder.glob("*.json"))]
    return {english: str(said) for one in catalogues for english, said in one.get("sentences", {}).items()}
