from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flowengine import BadData, Message, Source
from flowengine_nodes.dashboard.text_input import TextInput

Operate = Callable[[Source, Any], Message]


def test_a_text_that_fits_is_sent(operate: Operate) -> None:
    node = TextInput(pattern="[A-Z]{2}[0-9]{6}", length=8)
    assert operate(node, "AB123456").payload == "AB123456"


@pytest.mark.parametrize(
    ("value", "why"),
    [("AB123456x", "9 characters"), ("ab123456", "two letters"), (7, "not a text")],
)
def test_what_does_not_fit_is_refused_and_says_why(operate: Operate, value: Any, why: str) -> None:
    node = TextInput(pattern="[A-Z]{2}[0-9]{6}", length=8, hint="two letters, six digits")
    with pytest.raises(BadData, match=why):
        operate(node, value)


def test_only_a_choice_may_be_chosen(operate: Operate) -> None:
    node = TextInput(choices=["red", "blue"])
    assert operate(node, "red").payload == "red"
    with pytest.raises(BadData, match="none of the choices: red, blue"):
        operate(node, "green")


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="pattern"):
        TextInput(pattern="[")
