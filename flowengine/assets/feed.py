"""`notices.json`: what vendors have said of their products, and advisories of their faults; brought without a network.

Whoever keeps the plant's records brings the file in, from vendors' letters, security advisories (CSAF, ICS-CERT) or a
tool that writes it. It is data: nothing in it is run, opened or fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from flowengine.assets.shape import AssetShape, Date, Name, ProductShape, Strict
from flowengine.flow.beside import converted
from flowengine.flow.problem import Problem, errors
from flowengine.flow.shape import Note, SchemaUrl, Version
from flowengine.flow.strict_json import Json, parse_json, read_json
from flowengine.options import DIALECT, type_schema

FILE: Final = "notices.json"
"""The name of the file, beside the flows."""

NoticeKind = Literal["vulnerability", "recall", "firmware", "end_of_sale", "end_of_support", "end_of_life"]

_LITERAL: Final = str.maketrans({"[": "[[]", "?": "[?]"})
"""Of what fnmatch knows only * stands for anything here."""

_BEFORE: Final = re.compile(r"\s*[-._~]?\s*(a|b|c|rc|alpha|beta|dev|pre|preview|snapshot)(?![a-z])", re.IGNORECASE)
"""What marks a version as one that came before the number in front of it: 2.4-rc1."""

_PART: Final = re.compile(r"\s*(<=|>=|<|>|=)?\s*v?(\d+(?:\.\d+)*)\s*\Z")


class Notice(Strict, frozen=True, kw_only=True):
    """One thing that was said of a product."""

    id: Annotated[Name, Meta(description="Its number at who said it: ACME-SA-2026-01", min_length=1)]
    kind: Annotated[NoticeKind, Meta(description="What it is about")]
    vendor: Annotated[Name, Meta(description="The vendor, in any case of letters; * stands for anything")]
    model: Annotated[Name, Meta(description="The model; * stands for anything")] = "*"
    versions: Annotated[Name, Meta(description="Which versions: >=1.0,<2.4; empty: all")] = ""
    title: Annotated[str, Meta(description="What it says, in a sentence", max_length=500)]
    date: Annotated[Date, Meta(description="For an end: the day; else the day on which it was said")] = ""
    score: Annotated[float, Meta(ge=0, le=10, description="For a vulnerability: CVSS base score")] = 0.0
    url: Annotated[str, Meta(description="Where it can be read", max_length=500)] = ""
    remedy: Annotated[str, Meta(description="What to do about it", max_length=500)] = ""


class FeedShape(Strict, frozen=True, kw_only=True):
    """Notices of vendors and vulnerabilities."""

    schema: SchemaUrl = msgspec.field(name="$schema", default="")
    flowengine: Version
    note: Note = ""
    as_of: Annotated[Date, Meta(description="Day on which the feed was made")] = ""
    notices: Annotated[list[Notice], Meta(description="The notices")] = []


@dataclass(frozen=True)
class FeedFile:
    """The file, and what is wrong with it; one with errors has no notices."""

    json: Json
    feed: FeedShape = field(default_factory=lambda: FeedShape(flowengine=1))
    problems: list[Problem] = field(default_factory=list)


def read_feed(path: Path) -> FeedFile:
    """Read the file; never raises. Without a file there are no notices."""
    return _feed(read_json(path)) if path.exists() else FeedFile(Json(str(path)))


def parse_feed(text: str | bytes, file: str = FILE) -> FeedFile:
    """Read it from text."""
    return _feed(parse_json(text, file))


def schema() -> dict[str, Any]:
    """Return the JSON Schema of `notices.json`."""
    return {"$schema": DIALECT, **type_schema(FeedShape), "title": "Notices"}


def notices_of(notices: Iterable[Notice], product: ProductShape, asset: AssetShape) -> list[Notice]:
    """Return those that mean an asset, the gravest first.

    A notice that means certain versions means an asset of unknown version, too: better looked at once too often. One
    that is there several times, for several ranges of versions, is told once.
    """
    found = [
        notice
        for notice in notices
        if _is_called(product.vendor, notice.vendor)
        and _is_called(product.model, notice.model)
        and (not notice.versions or not asset.version or is_within(asset.version, notice.versions))
    ]
    found.sort(key=lambda notice: (notice.kind != "recall", -notice.score, notice.id))
    return list({(notice.id, notice.kind): notice for notice in reversed(found)}.values())[::-1]


def _is_called(name: str, pattern: str) -> bool:
    return fnmatchcase(name.casefold().strip(), pattern.casefold().strip().translate(_LITERAL))


def is_within(version: str, versions: str) -> bool:
    """Say whether a version fits all conditions of a list: `is_within("2.3.1", ">=1.0,<2.4")`.

    Numbers count as numbers and what is left out as 0, so that 2.10 is after 2.9 and 2.0 is 2. What begins with no
    number fits any condition: it cannot be ruled out. So does 2.4-rc1 at 2.4, which it came before.
    """
    found = re.match(r"\s*[vV]?(\d+(?:\.\d+)*)", version)
    if found is None:
        return True
    mine, before = _numbers(found[1]), _BEFORE.match(version, found.end()) is not None
    return all(_fits(mine, *part) or (before and _fits(mine, "=", part[1])) for part in _conditions(versions))


def _fits(mine: list[int], sign: str, theirs: list[int]) -> bool:
    length = max(len(mine), len(theirs))
    left, right = (numbers + [0] * (length - len(numbers)) for numbers in (mine, theirs))
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right, "=": left == right}[sign]


def _conditions(versions: str) -> list[tuple[str, list[int]]]:
    """Return signs with numbers.

    Raises:
        ValueError: a part is no condition.
    """
    found = []
    for part in versions.split(","):
        match = _PART.match(part)
        if match is None:
            raise ValueError(f"'{part.strip()[:60]}' is no condition: expected such as >=1.0 or <2.4")
        found.append((match[1] or "=", _numbers(match[2])))
    return found


def _numbers(text: str) -> list[int]:
    return [int(part[:15]) for part in text.split(".")]


def _feed(json: Json) -> FeedFile:
    shape, problems = converted(json, FeedShape, schema())
    if shape is None:
        return FeedFile(json, problems=problems)
    report = json.report()
    for number, notice in enumerate(shape.notices):
        keys = ("notices", number)
        if notice.kind.startswith("end_of") and not notice.date:
            report.error("missing", (*keys, "date"), f"{notice.id}: an end needs its day")
        try:
            date.fromisoformat(notice.date or "2000-01-01")
        except ValueError:
            report.error("bad-date", (*keys, "date"), f"{notice.date} is no day of the calendar")
        try:
            if notice.versions:
                _conditions(notice.versions)
        except ValueError as error:
            report.error("bad-versions", (*keys, "versions"), str(error))
    found = [*problems, *report.problems()]
    return FeedFile(json, problems=found) if errors(found) else FeedFile(json, shape, found)
