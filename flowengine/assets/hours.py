"""Hours run, entered by hand: two members of one asset, put into the text of assets.json and nothing else touched."""

from __future__ import annotations

import json
import threading
from datetime import date
from json.decoder import scanstring  # type: ignore[attr-defined] # it is there, though not in the stubs
from pathlib import Path
from typing import Final, NamedTuple

from flowengine.assets.file import FILE, parse_assets
from flowengine.assets.shape import PLACES
from flowengine.errors import BadData, NotFound
from flowengine.flow.file import write_text
from flowengine.flow.problem import errors

_BLANK: Final = " \t\n\r"
_DECODER: Final = json.JSONDecoder()
_WRITING: Final = threading.Lock()


class _Member(NamedTuple):
    """Where a member of an object stands in the text: its name, its value, and the end of that."""

    name: int
    value: int
    end: int


def enter_hours(folder: Path, part: str, hours: float, day: date, today: date) -> tuple[str, str]:
    """Write into assets.json that a part had run so many hours on a day; waits for the disk.

    Returns:
        The text of before, and that of now.

    Raises:
        NotFound: there is no such part.
        BadData: the file has errors, the day is still to come, the asset is a place, or a flow counts its hours.
    """
    if day > today:
        raise BadData(f"{day} is still to come: enter hours that have been run")
    file = folder / FILE
    with _WRITING:
        try:
            text = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise NotFound(f"there is no part '{part[:100]}'") from None
        except (OSError, UnicodeDecodeError) as error:
            raise BadData(f"cannot read {FILE}: {error}") from error
        changed = with_hours(text, part, hours, day)
        write_text(file, changed)
    return text, changed


def with_hours(text: str, part: str, hours: float, day: date) -> str:
    """Return the text of an assets.json with the hours of a part in it.

    Raises:
        NotFound, BadData: as above.
    """
    _sound(text)
    found = parse_assets(text).assets.assets.get(part)
    if found is None:
        raise NotFound(f"there is no part '{part[:100]}'")
    if found.kind in PLACES:
        raise BadData(f"'{part[:100]}' is a {found.kind}: parts in it have running hours")
    if found.hours_from:
        raise BadData(f"the hours of '{part[:100]}' are counted, see hours_from: set the counter in the flow")
    at = _after_blank(text, 0)
    for name in ("assets", part):
        at = _members(text, at)[name].value
    changed = _put(text, at, "hours_on", f'"{day}"')
    changed = _put(changed, at, "running_hours", f"{hours:.15g}" if hours < 1e15 else repr(hours))
    _sound(changed)
    return changed


def _sound(text: str) -> None:
    problems = errors(parse_assets(text).problems)
    if problems:
        raise BadData(str(problems[0]))


def _put(text: str, at: int, name: str, value: str) -> str:
    """Put a member into the object at a place: in the stead of its value, else behind the last, laid out like that."""
    members = _members(text, at)
    if name in members:
        return text[: members[name].value] + value + text[members[name].end :]
    last = list(members.values())[-1]  # an asset has a kind at least
    begin = last.name
    while text[begin - 1] in _BLANK:
        begin -= 1
    blank = text[begin : last.name] or " "
    return f'{text[: last.end]},{blank}"{name}": {value}{text[last.end :]}'


def _members(text: str, at: int) -> dict[str, _Member]:
    """Return the members of the object at a place, in order; the text is sound JSON."""
    found = {}
    at = _after_blank(text, at + 1)
    while text[at] != "}":
        name, colon = scanstring(text, at + 1)
        value = _after_blank(text, _after_blank(text, colon) + 1)
        end = _DECODER.raw_decode(text, value)[1]
        found[name] = _Member(at, value, end)
        at = _after_blank(text, end)
        if text[at] == ",":
            at = _after_blank(text, at + 1)
    return found


def _after_blank(text: str, at: int) -> int:
    while text[at] in _BLANK:
        at += 1
    return at
