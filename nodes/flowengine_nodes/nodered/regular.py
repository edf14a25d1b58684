"""Regular expressions of JavaScript (ECMA-262, 22.2 and annex B.1.2, without the flags u and v) as Python has them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from flowengine_nodes.nodered.base import RedError

_WORD: Final = r"0-9A-Z_a-z"
_SPACE: Final = r"\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_ENDS: Final = r"\n\r\u2028\u2029"
_CLASSES: Final = {
    "d": "0-9",
    "D": r"\x00-/:-\U0010ffff",
    "w": _WORD,
    "W": r"\x00-/:-@\[-\^`\{-\u012f\u0132-\u017e\u0180-\u2129\u212b-\U0010ffff",
    "s": _SPACE,
    "S": r"\x00-\x08\x0e-\x1f!-\x9f\xa1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff"
    r"\u3001-\ufefe\uff00-\U0010ffff",
}
"""What stands for a class of characters between brackets."""
_FOLDED: Final = "ksiKSI\u212a\u017f\u0130\u0131"
"""Letters that only Python takes for the same when case does not count: k and the sign for kelvin, s and the long s."""
_BEHIND: Final = -1
"""In place of a group's number: a lookbehind, which takes no quantifier."""
_NOTHING: Final = "Nothing to repeat"
_CONTROLS: Final = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
_QUANTIFIER: Final = re.compile(r"[*+?]|\{(\d+)(,(\d*))?\}")
_NAMED: Final = re.compile(r"\(\?<([A-Za-z_$][\w$]*)>")
_HEX: Final = {"x": re.compile(r"[0-9A-Fa-f]{2}"), "u": re.compile(r"[0-9A-Fa-f]{4}")}


@lru_cache(maxsize=1024)
def regular(pattern: str, flags: str = "") -> re.Pattern[str]:
    """Return a regular expression of JavaScript as one of Python.

    Args:
        pattern: what stands between the slashes.
        flags: `i`, `m` and `s`, of those of JavaScript.

    Raises:
        RedError: it is none; or a lookbehind in it has no fixed length, which Python does not have.
    """
    try:
        return re.compile(_Reader(pattern, flags).all(), re.IGNORECASE if "i" in flags else 0)
    except (re.error, ValueError, RecursionError, OverflowError) as error:
        raise RedError(f"SyntaxError: Invalid regular expression: /{pattern}/{flags}: {error}") from None


class _Reader:
    def __init__(self, pattern: str, flags: str) -> None:
        self.text, self.flags = pattern, flags
        self.at = 0
        self.names = _NAMED.findall(pattern)
        self.groups = _groups(pattern)
        self.closed: set[int] = set()
        """Numbers of the groups that have ended."""
        self.opened = 0

    def all(self) -> str:
        """Return the whole pattern as Python has it."""
        made: list[str] = []
        refused = _NOTHING
        open_groups: list[int] = []
        while self.at < len(self.text):
            found = _QUANTIFIER.match(self.text, self.at)
            if found:
                made.append(self._quantifier(found, refused))
                refused = _NOTHING
                continue
            char = self.text[self.at]
            self.at += 1
            refused = _NOTHING if char in "^$|(" else ""
            if char == "\\":
                refused = _NOTHING if self.text[self.at : self.at + 1] in ("b", "B") else ""
                made.append(self._escape())
            elif char == "[":
                made.append(self._class())
            elif char == "(":
                made.append(self._group(open_groups))
            elif char == ")":
                if not open_groups:
                    raise ValueError("Unmatched ')'")
                number = open_groups.pop()
                self.closed.add(number)
                refused = "Invalid quantifier" if number == _BEHIND else ""
                made.append(")")
            elif char == ".":
                made.append("(?s:.)" if "s" in self.flags else f"[^{_ENDS}]")
            elif char == "^":
                made.append(f"(?:^|(?<=[{_ENDS}]))" if "m" in self.flags else "^")
            elif char == "$":
                made.append(f"(?=[{_ENDS}]|\\Z)" if "m" in self.flags else r"\Z")
            else:
                made.append("|" if char == "|" else self._literal(char))
        if open_groups:
            raise ValueError("Unterminated group")
        return "".join(made)

    def _quantifier(self, found: re.Match[str], refused: str) -> str:
        if refused != _NOTHING and found[3] and int(found[3]) < int(found[1]):
            refused = "numbers out of order in {} quantifier"
        if refused:
            raise ValueError(refused)
        self.at = found.end()
        lazy = self.text[self.at : self.at + 1] == "?"
        self.at += lazy
        return found[0] + "?" * lazy

    def _group(self, open_groups: list[int]) -> str:
        rest = self.text[self.at :]
        for start in ("?:", "?=", "?!", "?<=", "?<!"):
            if rest.startswith(start):
                self.at += len(start)
                open_groups.append(_BEHIND if "<" in start else 0)
                return "(" + start
        self.opened += 1
        open_groups.append(self.opened)
        if not rest.startswith("?"):
            return "("
        name = _NAMED.match("(" + rest)
        if name is None:
            raise ValueError("Invalid capture group name" if rest.startswith("?<") else "Invalid group")
        if self.names.count(name[1]) > 1:
            raise ValueError("Duplicate capture group name")
        self.at += name.end() - 1
        return f"(?P<{name[1]}>" if name[1].isidentifier() else "("

    def _escape(self) -> str:
        """Return an escape outside of brackets."""
        char = self.text[self.at : self.at + 1]
        if char in ("b", "B"):
            self.at += 1
            return r"(?a:\b)" if char == "b" else r"(?!(?a:\b))"
        if char in _CLASSES and char:
            self.at += 1
            return f"[{_CLASSES[char]}]"
        if char == "k" and self.names:
            found = re.compile(r"k<([^>]*)>").match(self.text, self.at)
            if found is None or found[1] not in self.names:
                raise ValueError("Invalid named reference" if found is None else "Invalid named capture referenced")
            self.at = found.end()
            return self._reference(self.names.index(found[1]), found[1])
        number = re.compile(r"[1-9]\d*").match(self.text, self.at)
        if number and int(number[0]) <= self.groups:
            self.at = number.end()
            return self._back(int(number[0]))
        return self._literal(self._character())

    def _reference(self, place: int, name: str) -> str:
        places = [found.start() for found in _NAMED.finditer(self.text) if found[1] == name]
        return self._back(_groups(self.text[: places[0]]) + 1)

    def _back(self, number: int) -> str:
        """Return a reference to a group: one that has no part in the match is empty."""
        return f"(?({number})\\{number}|)" if number in self.closed else "(?:)"

    def _character(self) -> str:
        """Return the character that an escape stands for, wherever it is."""
        if self.at >= len(self.text):
            raise ValueError("\\ at end of pattern")
        char = self.text[self.at]
        self.at += 1
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char in _HEX:
            digits = _HEX[char].match(self.text, self.at)
            if digits is None:
                return char
            self.at = digits.end()
            return chr(int(digits[0], 16))
        if char == "c":
            letter = self.text[self.at : self.at + 1]
            if letter.isascii() and letter.isalpha():
                self.at += 1
                return chr(ord(letter) % 32)
            self.at -= 1
            return "\\"
        octal = re.compile(r"[0-3][0-7]{0,2}|[4-7][0-7]?").match(self.text, self.at - 1)
        if octal:
            self.at = octal.end()
            return chr(int(octal[0], 8))
        return char

    def _literal(self, char: str) -> str:
        made = re.escape(char)
        return f"(?a:{made})" if "i" in self.flags and char in _FOLDED else made

    def _class(self) -> str:
        negated = self.text.startswith("^", self.at)
        self.at += negated
        made: list[str] = []
        while True:
            if self.at >= len(self.text):
                raise ValueError("Unterminated character class")
            if self.text[self.at] == "]":
                self.at += 1
                break
            first = self._member()
            if self.text[self.at : self.at + 1] == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                last = self._member()
                if len(first) == 1 and len(last) == 1:
                    if first > last:
                        raise ValueError("Range out of order in character class")
                    made.append(f"{_inside(first)}-{_inside(last)}")
                    continue
                made += [_within(first), r"\-", _within(last)]
                continue
            made.append(_within(first))
        if not made:
            return "(?s:.)" if negated else "(?!)"
        return f"[{'^' * negated}{''.join(made)}]"

    def _member(self) -> str:
        """Return a character between brackets, or the letter of a class with a backslash before it."""
        char = self.text[self.at]
        self.at += 1
        if char != "\\":
            return char
        kind = self.text[self.at : self.at + 1]
        if kind in _CLASSES and kind:
            self.at += 1
            return "\\" + kind
        if kind == "b":
            self.at += 1
            return "\b"
        return self._character()


def _groups(pattern: str) -> int:
    """Return how many groups that keep what they match a pattern has."""
    outside = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "", pattern, flags=re.DOTALL)
    return len(re.findall(r"\((?!\?)|\(\?<(?![=!])", outside))


def _inside(char: str) -> str:
    return "\\" + char if char in r"\]^-[&~|" else char


def _within(member: str) -> str:
    return _CLASSES[member[1]] if len(member) == 2 else _inside(member)
