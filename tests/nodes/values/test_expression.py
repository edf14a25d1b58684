"""values/expression: the node around the language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message, Transform
from flowengine.clock import VIRTUAL_EPOCH
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.values.expression import Expression

Check = Callable[[Transform, Iterable[Message]], None]


def test_the_result_goes_into_the_payload_or_another_property() -> None:
    assert outputs_of(Expression(expression="payload * 1.8 + 32"), 100) == [212.0]
    msg = Message([1, 2, 3], quality="bad")
    [routed] = messages_of(Expression(expression="mean(payload)", property="stats.mean"), msg)
    assert (routed.msg.payload, routed.msg.properties, routed.msg.quality) == (
        [1, 2, 3],
        {"stats": {"mean": 2.0}},
        "bad",
    )


def test_the_clock_and_shared_values_can_be_asked() -> None:
    assert outputs_of(Expression(expression="now() - time"), Message(1, time=VIRTUAL_EPOCH - 5)) == [5.0]
    assert outputs_of(Expression(expression="default(flow_context('limit'), 80)"), 1) == [80]
    assert outputs_of(Expression(expression="env('NOT_SET')"), 1) == [None]
    with pytest.raises(BadData, match="no name of a context value"):
        outputs_of(Expression(expression="flow_context('..')"), 1)


def test_what_has_no_value_is_bad_data_and_a_wrong_formula_is_refused_when_made() -> None:
    with pytest.raises(BadData, match="cannot divide 1 by zero"):
        outputs_of(Expression(expression="payload / 0"), 1)
    with pytest.raises(BadData, match="cannot set topic"):
        outputs_of(Expression(expression="[payload]", property="topic"), 1)
    with pytest.raises(ValueError, match="'__import__'"):
        Expression(expression="__import__('os')")


FORMULAS = [
    "payload * 1.8 + 32",
    "round(payload / 3, 1)",
    "payload > 80 or topic == 'a/b' and quality != 'bad'",
    "-5 < payload < 5",
    "payload + payload * 2 - time",
    "payload if payload is not null else topic",
    "f'{topic}: {payload}'",
    "clamp(payload, 0, 100) ** 2",
    "len(payload) + payload[0]",
    "{'value': payload, 'at': iso(time)}",
]


@settings(max_examples=200)
@given(data=st.data(), formula=st.sampled_from(FORMULAS), where=st.sampled_from(["payload", "topic"]))
def test_the_inline_form_is_process(
    data: st.DataObject, formula: str, where: str, messages: Any, inline_is_process: Check
) -> None:
    node = Expression(expression=formula, property=where)
    inline_is_process(node, [data.draw(messages) for _ in range(4)])


def test_formulas_on_further_properties_are_not_inlined() -> None:
    assert Expression(expression="msg.unit").inline() is None
    assert Expression(expression="payload", property="copy").inline() is None
