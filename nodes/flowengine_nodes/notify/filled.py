"""Templates of what is sent: mustache with the properties of a message, as text, JSON or part of an address."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, unquote

import msgspec

from flowengine import BadData, Message
from flowengine_nodes.values.convert import shown
from flowengine_nodes.values.mustache import Keys, Renderer, Section, Variable, descend, parse
from flowengine_nodes.values.properties import FIELDS, MISSING

MOST: Final = 100_000
"""Characters of one filled template at most."""

_ADDRESS: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*")
"""What an address is written with (RFC 3986), the brackets aside, which only hosts have."""

Filled = Callable[[Message], str]


def text(template: str) -> Filled:
    """Return a function that fills a template in as plain text: `{{payload.name}}` and `{{{...}}}` are the same.

    Beside the properties of a message, `{{when}}` is its time in ISO 8601 (UTC).

    Raises:
        ValueError: the template is none.
    """
    return _filled(template, lambda value: value)


def json_text(template: str) -> Callable[[Message], Any]:
    """Return a function that fills a template of JSON in: texts are escaped for it; the result is parsed.

    The function raises BadData if it has become no JSON.

    Raises:
        ValueError: the template is none.
    """
    fill = _filled(template, lambda value: json.dumps(value)[1:-1])

    def made(msg: Message) -> Any:
        found = fill(msg)
        try:
            return msgspec.json.decode(found)
        except msgspec.DecodeError as error:
            raise BadData(f"the body has become {shown(found)}, which is no JSON: {error}") from None

    return made


def path(template: str) -> Filled:
    """Return a function that fills a part of an address in: what comes from a message is percent-encoded.

    The function raises BadData where the address would lead elsewhere.

    Raises:
        ValueError: the template is none, or begins neither with a slash nor with a question mark.
    """
    if template and template[0] not in "/?":
        raise ValueError(f"path '{template:.60}' must begin with / or ?")
    fill = _filled(template, _encoded)

    def made(msg: Message) -> str:
        found = fill(msg)
        steps = unquote(found.partition("?")[0]).split("/")
        if not _ADDRESS.fullmatch(found) or "." in steps or ".." in steps:
            raise BadData(f"the path has become {shown(found)}, which is none: expected numbers and plain texts in it")
        return found

    return made


def _encoded(value: str) -> str:
    try:
        return quote(value, safe="")
    except UnicodeEncodeError as error:
        raise BadData(f"a text for the path is no Unicode ({error.reason})") from None


def _filled(template: str, prepare: Callable[[str], str]) -> Filled:
    parts = tuple(_plain(part) for part in parse(template))
    if all(isinstance(part, str) for part in parts):
        fixed = "".join(str(part) for part in parts)
        return lambda msg: fixed

    def fill(msg: Message) -> str:
        return Renderer(lambda keys: _value(msg, keys), prepare, MOST).render(parts)

    return fill


def _plain(part: Any) -> Any:
    """Return a part that escapes nothing for HTML, which is not what is made here."""
    if isinstance(part, Variable):
        return Variable(part.keys, False)
    if isinstance(part, Section):
        return Section(part.keys, part.inverted, tuple(_plain(inner) for inner in part.parts))
    return part


def _value(msg: Message, keys: Keys) -> Any:
    first, rest = keys[0], keys[1:]
    if first == "when":
        try:
            return datetime.fromtimestamp(msg.time, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        except (ValueError, OverflowError, OSError):
            raise BadData(f"the message's time, {msg.time:g}, is no time: 'when' cannot be filled in") from None
    if first in FIELDS:
        return descend(getattr(msg, first), rest)
    return descend(msg.properties.get(first, MISSING), rest)
