"""What the engine says to people has its words in every language of the canvas; no catalogue has what nothing says.

A text that is new, or that has changed: add it to `web/flowengine_web/words/LANGUAGE/ROOM.json`, section `sentences`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowengine.registry import Registry
from flowengine_web.sentences import OWN, all_sentences, own_sentences
from tests.web.words.spoken import NAMED, plain, sentences, strings

ROOT = Path(__file__).parents[3]
LANGUAGES = sorted(folder.name for folder in OWN.iterdir())

ROOMS = {
    "flow": "flowengine/flow/*.py flowengine/*.py",
    "assets": "flowengine/assets/*.py",
    "safety": "flowengine/safety/*.py",
    "runtime": "flowengine/runtime/**/*.py",
    "field": "flowengine/field/*.py",
    "workers": "flowengine/workers/*.py",
    "service": "flowengine/service/**/*.py",
    "access": "flowengine/access/*.py",
    "store": "flowengine/store/*.py",
    "simulate": "flowengine/simulate/*.py",
    "nodered": "flowengine/nodered/**/*.py",
    "web": "web/flowengine_web/**/*.py web/canvas/src/api/client.ts",
}
"""Catalogue -> the sources whose sentences it has."""

NODE_ROOMS = (
    "control",
    "dashboard",
    "debug",
    "files",
    "foresight",
    "formats",
    "history",
    "influx",
    "modbus",
    "models",
    "mqtt",
    "nodered",
    "notify",
    "parts",
    "performance",
    "routing",
    "sequences",
    "signal",
    "sources",
    "sql",
    "timing",
    "values",
    "windows",
)
NODES = {"nodes/common": "nodes/flowengine_nodes/*.py"} | {
    f"nodes/{room}": f"nodes/flowengine_nodes/{room}/*.py" for room in NODE_ROOMS
}
"""The same for rooms of built-in nodes; those that are not here have no words for what they say yet.

What several of them say stands in `common`."""
ALL = {**ROOMS, **NODES}
NODE_WORDS = ROOT / "nodes" / "flowengine_nodes" / "words"

SILENT = {
    "said on the command line alone": (
        "flowengine/access/audit_check.py flowengine/access/keys.py flowengine/access/seal.py flowengine/settings.py "
        "flowengine/service/changes/verifying.py flowengine/store/backup.py flowengine/store/holding.py "
        "web/flowengine_web/listening.py "
        "web/flowengine_web/serving.py web/flowengine_web/wording.py web/flowengine_web/help_pages.py "
        "flowengine/nodered/report.py flowengine/nodered/exporting.py flowengine/nodered/project.py "
        "nodes/flowengine_nodes/modbus/identification.py "
        "flowengine/simulate/report.py flowengine/flow/diff.py flowengine/flow/merge.py flowengine/flow/merge_wires.py"
    ),
    "written into git and the record, which have one language": "flowengine/service/deploys/commit_message.py",
    "for who writes a node or a test": "flowengine/node.py flowengine/clock.py",
    "code that is made": (
        "flowengine/runtime/chains/code.py flowengine/runtime/chains/pasting.py flowengine/runtime/chains/message.py "
        "web/flowengine_web/typescript.py"
    ),
    "of HTTP, or of the API's description": (
        "web/flowengine_web/headers.py web/flowengine_web/openapi.py web/flowengine_web/pages.py "
        "web/flowengine_web/exporting.py"
    ),
}
"""Why no sentence of a file is for the canvas -> such files."""

NO_SENTENCES = {
    "a list in the middle of a sentence, shown as it is": "and {} more|({} more)|node {}, {}",
    "the type of a value, beside which nothing is fixed": "a {}",
    "a command to be typed": (
        "chmod o-w {}|flowengine secrets set {}|flowengine migrate . {} {} -o draft|pip install flowengine-ot[oidc]"
    ),
    "a name": (
        "the provider {}|worker {}|field process|unlisted {}|{}: connection|{} of {}|deployed {}|single sign-on|"
        "openid profile email|flowengine envelope 1|message {}|the state of {}|as it was found|"
        "nobody has this password|alarms, for annotations|the simulation|file in|http in|http response|http request|"
        "link call|link in|link out|mqtt in|mqtt out|tcp in|tcp out|tcp request|udp in|udp out|"
        "websocket in|websocket out|http proxy|e-mail in|e-mail mta|influxdb batch|influxdb in|influxdb out|"
        "{{}}{{^topic}}{{}}{{^title}}Message from Node-RED{{/title}}{{/topic}}"
    ),
    "of HTTP or SQL": (
        "text/plain; charset=utf-8|text/html; charset=utf-8|application/json; charset=utf-8|"
        "-c statement_timeout={} -c lock_timeout={}|"
        "400 Bad Request|404 Not Found|{}; charset=utf-8|id, revision, at, author, message|"
        "{} WHERE (at, node, port, topic) IN ({}) GROUP BY node, port, topic ORDER BY at LIMIT ?|"
        "id, author, at, message, state, base, content, files, evidence, closed, closer, reason, until, revision|"
        '{}=; Path={}; Expires={}|--{}\r\nContent-Disposition: form-data; name="{}"|{}; filename="{}"|'
        "multipart/form-data; boundary={}"
    ),
    "a line of code that is made, or an operator of it": (
        "({} if {} else {})|def evaluate(msg):|lambda x: {}|(payload if {} else inside(payload))|"
        "({}) or {} <= inside(payload) <= {}|(payload if {} and -1e308 <= payload <= 1e308 else number(payload))|"
        "({} if {} else between({}, least, most))|({} {} against if {} else {})|compare({}, against)|"
        "least <= {} <= most|topic {} against|{} is False|{} is None|{} is True|{} is not None|msg.total + payload|"
        "not in|is not|payload <= low|payload >= high|known[0] if low < payload < high else {}|"
        "{} and known is not None|known[0] if known[0] is ({}) else turn(known)|"
        "{} and known[0] is ({}) is known[1] and known[2] == 'good'"
    ),
    "of the description of an option, which has its own words": (
        "left out: as it is written (a text, a number, true, a list, an object)"
    ),
    "of JSON and JavaScript": (
        "return msg;|']' after array element|'}' after property value|{} at position {}|"
        "numbers out of order in {} quantifier"
    ),
    "what is counted, which the canvas has words for": "of them flowengine's own|pages for operators",
    "a number with its unit": "{} s",
    "the name of an operator, which has its own words": (
        "expression is true|first of a sequence|has key|is empty|is false|is not empty|is not null|is null|is of type|"
        "is true|last of a sequence|matches pattern|place in a sequence"
    ),
    "shown where a value stands": "not set",
    "what SQLite says, to be looked for": "database is locked|unable to open|not a database",
    "what is sent to others": (
        '(no subject)|{\n  "asset": "{{}}",\n  "title": "{{}}: {{payload.why}}",\n  "reported": "{{}}",\n  '
        '"source": "flowengine",\n  "reference": "{{}}"\n}'
    ),
    "what an address is followed by": "modbus {}: {}|{} to {}",
    "a phase of a deploy, for the log": "write out|{} s: {}",
}
"""Why a text is none -> such texts, with bars between them."""


def files(patterns: str) -> Iterator[Path]:
    """Yield the sources that patterns name."""
    for pattern in patterns.split():
        yield from sorted(ROOT.glob(pattern))


def said(file: Path) -> frozenset[str]:
    """Return the sentences of a source; of the canvas's own client the two that it has."""
    if file.suffix == ".py":
        return sentences(file)
    return frozenset(
        plain(re.sub(r"\$\{", "{", text)) for text in re.findall(r'["`](The server [^"`]*)["`]', file.read_text())
    )


def catalogue(language: str, room: str) -> dict[str, str]:
    """Return the sentences of a room, English to another language."""
    folder = NODE_WORDS if room in NODES else OWN
    found: dict[str, str] = json.loads((folder / language / f"{room.removeprefix('nodes/')}.json").read_text())[
        "sentences"
    ]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_that_people_read_has_its_words(language: str) -> None:
    known = {plain(english) for room in ALL for english in catalogue(language, room)}
    silent = {file for patterns in SILENT.values() for file in files(patterns)}
    none = {text for texts in NO_SENTENCES.values() for text in texts.split("|")}
    missing = [
        f"{room}.json, for {file.relative_to(ROOT)}: {text}"
        for room, patterns in ALL.items()
        for file in files(patterns)
        if file not in silent
        for text in sorted(said(file) - known - none)
    ]
    assert missing == []


@pytest.mark.parametrize("room", ALL)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_catalogue_has_what_nothing_says(language: str, room: str) -> None:
    sources = [file for patterns in ALL.values() for file in files(patterns)]
    spoken = {text for file in sources for text in (strings(file) if file.suffix == ".py" else said(file))}
    assert [english for english in catalogue(language, room) if plain(english) not in spoken] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_stands_in_one_catalogue(language: str) -> None:
    count = Counter(plain(english) for room in ALL for english in catalogue(language, room))
    assert [english for english, times in count.items() if times > 1] == []
    assert sorted(file.stem for file in (OWN / language).iterdir()) == sorted(ROOMS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_values_of_its_sentence_and_each_is_told_apart(language: str) -> None:
    wrong = []
    for room in ALL:
        for english, translated in catalogue(language, room).items():
            names = [hole.strip("{}*") for hole in NAMED.findall(english)]
            # An ending that another language puts elsewhere may be left out: "problem{s}".
            used = [hole.strip("{}") for hole in NAMED.findall(translated)]
            if set(used) | {"s"} != set(names) | {"s"} or len(set(names)) < len(names) or "}{" in english:
                wrong.append((english, translated))
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_english_is_another_text(language: str) -> None:
    same = [
        english for room in ROOMS for english, translated in catalogue(language, room).items() if english == translated
    ]
    assert same == []


def test_what_has_gone_silent_is_not_exempt_any_more() -> None:
    everything = {text for patterns in ALL.values() for file in files(patterns) for text in said(file)}
    assert [text for texts in NO_SENTENCES.values() for text in texts.split("|") if text not in everything] == []
    gone = [name for names in SILENT.values() for name in names.split() if not (ROOT / name).is_file()]
    assert gone == []


def test_a_stranger_hears_the_engine_and_who_is_signed_in_its_packages_too(tmp_path: Path) -> None:
    (tmp_path / "acme.py").write_text(
        "from flowengine import Transform\n\n"
        'class Odd(Transform, type="acme/odd"):\n    """Say something odd."""\n\n'
        "    def process(self, msg):\n        return msg\n"
    )
    (tmp_path / "words" / "de").mkdir(parents=True)
    mine = {"{value} is odd": "{value} ist ungerade", "there is no node '{node}'": "verdreht"}
    (tmp_path / "words" / "de" / "acme.json").write_text(json.dumps({"sentences": mine}))
    found = all_sentences("de", Registry.discover([tmp_path]))
    assert found["{value} is odd"] == "{value} ist ungerade"
    assert found["there is no node '{node}'"] == own_sentences("de")["there is no node '{node}'"], "the engine's own"
    assert "{value} is odd" not in own_sentences("de")
    assert own_sentences("tlh") == own_sentences("../de") == all_sentences("", Registry()) == {}
