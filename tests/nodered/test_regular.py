# ruff: noqa: E501 - an expression reads better with what it gives on one line
"""Regular expressions of JavaScript give what node gives: the answers beside them are its own."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine_nodes.nodered.base import RedError
from flowengine_nodes.nodered.change import replaced
from flowengine_nodes.nodered.regular import regular

ANSWERS = [
    ("\\w+", "", "a\u00e4b", "[$&]", "[a]\u00e4[b]"),
    ("\\W", "", "a\u00e4", "_", "a_"),
    ("\\bb", "", "\u00e4b|ab", "X", "\u00e4X|ab"),
    ("\\B", "", "", "-", "-"),
    ("[\\w-]+b", "", "\u00e4-b", "X", "\u00e4X"),
    ("[^\\W\\d]", "", "\u00e41a", "X", "\u00e41X"),
    ("\\s+", "", "a\u00a0\ufeffb", "_", "a_b"),
    ("\\S", "", "\u2003x", "_", "\u2003_"),
    ("a.b", "", "a\u2028b a-b", "X", "a\u2028b X"),
    ("^a$", "", "a\n", "X", "a\n"),
    ("[^]", "", "\n", "X", "X"),
    ("[]", "", "a", "X", "a"),
    ("a{,2}", "", "aa a{,2}", "X", "aa X"),
    ("]", "", "[]", "X", "[X"),
    ("\\1(a)", "", "aa", "<$1>", "<a><a>"),
    ("(a)|\\1b", "", "ab", "<$1>", "<a><>"),
    ("(?<y>\\d{4})-(?<m>\\d\\d)", "", "2024-05", "$<m>.$<y>$$", "05.2024$"),
    ("(?<n>a)\\k<n>", "", "aa ab", "X", "X ab"),
    ("\\k<n>", "", "k<n>", "X", "X"),
    ("\\u{3}", "", "uuu\u0003", "X", "X\u0003"),
    ("\\x6a\\u006b\\cJ", "", "jk\n", "X", "X"),
    ("\\p{L}", "", "p{L} a", "X", "X a"),
    ("\\Z|\\A", "", "AZ", "x", "xx"),
    ("[\\b]", "", "\b", "x", "x"),
    ("[&&a]", "", "&a", "x", "xx"),
    ("x*", "", "axb", "-", "-a--b-"),
    ("x*?", "", "xx", "-", "-x-x-"),
    ("k|s", "i", "K\u212aS\u017f", "x", "x\u212ax\u017f"),
    ("\u00e4", "i", "\u00c4", "a", "a"),
    ("\\08", "", "\u00008", "x", "x"),
    ("(?=a)*b", "", "ab", "x", "ax"),
    ("(", "", "", "", "SyntaxError: Invalid regular expression: /(/: Unterminated group"),
    ("*a", "", "", "", "SyntaxError: Invalid regular expression: /*a/: Nothing to repeat"),
    ("a++", "i", "", "", "SyntaxError: Invalid regular expression: /a++/i: Nothing to repeat"),
    ("[", "", "", "", "SyntaxError: Invalid regular expression: /[/: Unterminated character class"),
    ("(?i)a", "", "", "", "SyntaxError: Invalid regular expression: /(?i)a/: Invalid group"),
    ("a{2,1}", "", "", "", "SyntaxError: Invalid regular expression: /a{2,1}/: numbers out of order in {} quantifier"),
    ("[z-a]", "", "", "", "SyntaxError: Invalid regular expression: /[z-a]/: Range out of order in character class"),
    ("(?<=a)*", "", "", "", "SyntaxError: Invalid regular expression: /(?<=a)*/: Invalid quantifier"),
    ("\\", "", "", "", "SyntaxError: Invalid regular expression: /\\/: \\ at end of pattern"),
    (")", "", "", "", "SyntaxError: Invalid regular expression: /)/: Unmatched ')'"),
]
"""Pattern, flags, text, what each match becomes, and what `text.replace(new RegExp(pattern, flags + "g"), with)` gives."""


@pytest.mark.parametrize(("pattern", "flags", "text", "template", "answer"), ANSWERS)
def test_an_expression_finds_and_refuses_what_it_does_in_javascript(
    pattern: str, flags: str, text: str, template: str, answer: str
) -> None:
    try:
        given = replaced(regular(pattern, flags), template, text)
    except RedError as error:
        given = str(error)
    assert given == answer


PIECES = st.sampled_from([*"ab(|)[]{}*+?^$.-,\\1<>=!:", "(?<n>", r"\k<n>", r"\w", r"\b", r"\u00", "{1,2}", "(?<="])


@given(st.lists(PIECES, max_size=8).map("".join), st.text("ab-1\n", max_size=4))
def test_whatever_is_written_is_an_expression_or_refused(pattern: str, text: str) -> None:
    with contextlib.suppress(RedError):
        assert isinstance(regular(pattern).search(text), re.Match | None)
