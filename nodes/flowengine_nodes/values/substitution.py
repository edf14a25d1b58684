"""Changing what a value contains: replacing text in text, a number or true/false as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from flowengine import BadData, Message
from flowengine_nodes.values.convert import as_text, is_number, shown
from flowengine_nodes.values.expression_operations import bounded
from flowengine_nodes.values.properties import MISSING
from flowengine_nodes.values.typed import Typed

FromType = Literal["str", "num", "bool", "re", "msg", "flow", "global", "env"]

_GROUP = re.compile(r"\$(?:(\$)|(&)|(\d{1,2})|<([^>]*)>)")


@dataclass(frozen=True)
class Substitution:
    """A replacement: gives the new value for a message and the current value, the same object if nothing changes."""

    apply: Callable[[Message, Any], Any]
    constant: bool
    """Whether the message plays no role beside the value."""


def substitution(found: Typed, to: Typed, regular: bool) -> Substitution:
    """Return the change that puts `to` in place of what is `found`, by Node-RED's rules.

    Raises:
        ValueError: a regular expression that is none, or nothing to look for.
    """
    fixed = found.constant is not MISSING and to.constant is not MISSING
    if regular:
        return Substitution(_by_pattern(_compiled(found.constant), to), fixed)
    if found.constant == "":
        raise ValueError("`from` is empty; say what to look for")

    def apply(msg: Message, current: Any) -> Any:
        if not isinstance(current, str | int | float):
            return current
        wanted = found.read(msg)
        if isinstance(wanted, bool) or isinstance(current, bool):
            if wanted is current:
                return to.read(msg)
            if isinstance(current, bool):
                return current
        elif is_number(current):
            return to.read(msg) if is_number(wanted) and current == wanted else current
        if isinstance(current, str):
            if not isinstance(wanted, str | int | float):
                raise BadData(f"cannot look for {shown(wanted)}: `from` must be a text, a number or true/false")
            return _replaced(current, as_text(wanted), to, msg)
        return current

    return Substitution(apply, fixed)


def _replaced(current: str, wanted: str, to: Typed, msg: Message) -> Any:
    if current == wanted:
        return to.read(msg)
    if not wanted or wanted not in current:
        return current
    new = _as_replacement(to.read(msg))
    bounded(len(current) + current.count(wanted) * (len(new) - len(wanted)))
    return current.replace(wanted, new)


def _by_pattern(pattern: re.Pattern[str], to: Typed) -> Callable[[Message, Any], Any]:
    def apply(msg: Message, current: Any) -> Any:
        if not isinstance(current, str):
            return current
        new = _as_replacement(to.read(msg))
        result = pattern.sub(lambda match: _filled(new, match) if "$" in new else new, current)
        bounded(len(result))
        return result if result != current else current

    return apply


def _filled(template: str, match: re.Match[str]) -> str:
    """Put groups in place of $1, $<name>, $& (the whole) and $$ (a dollar), as JavaScript does."""

    def part(mark: re.Match[str]) -> str:
        dollar, whole, index, name = mark.groups()
        if dollar:
            return "$"
        try:
            return match.group(0 if whole else int(index) if index else name) or ""
        except IndexError:
            return mark.group()

    return _GROUP.sub(part, template)


def _as_replacement(value: Any) -> str:
    return "" if value is MISSING else as_text(value)


def _compiled(pattern: Any) -> re.Pattern[str]:
    if not isinstance(pattern, str) or not pattern:
        raise ValueError("`from` must be a regular expression")
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(f"`from` is no regular expression: {error}") from None
