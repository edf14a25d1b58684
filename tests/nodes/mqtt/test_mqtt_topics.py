"""Which topics are allowed and which match, compared with an independent implementation."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from flowengine_nodes.mqtt.topics import check_filter, check_name, matches

LEVELS = st.sampled_from(["", "a", "b", "$SYS", "plant"])
TOPICS = st.lists(LEVELS, min_size=1, max_size=4).map("/".join)
FILTERS = st.builds(
    lambda levels, rest: "/".join([*levels, *rest]),
    st.lists(LEVELS | st.just("+"), min_size=1, max_size=4),
    st.sampled_from([[], ["#"]]),
)


@given(FILTERS, TOPICS)
@example("#", "a/b")
@example("a/#", "a")
@example("+/+", "/a")
@example("+", "$SYS")
def test_filters_match_what_they_match_for_paho(filter: str, topic: str) -> None:
    assert matches(filter, topic) == topic_matches_sub(filter, topic)


def test_a_shared_subscription_matches_by_the_filter_after_its_group() -> None:
    assert matches("$share/line-1/plant/+", "plant/oven")
    assert not matches("$share/line-1/plant/+", "line-1/plant/oven")


@pytest.mark.parametrize("filter", ["#", "+", "a/+/b", "a/#", "/", "+/a/#", "$share/g/a/#", "$SYS/#"])
def test_these_filters_are_allowed(filter: str) -> None:
    check_filter(filter)


@pytest.mark.parametrize(
    "filter", ["", "a#", "#/a", "a+/b", "a/#/b", "$share/g", "$share//a", "$share/+/a", "a\0", "\ud800"]
)
def test_these_filters_are_refused(filter: str) -> None:
    with pytest.raises(ValueError, match=r"topic|shared|NUL"):
        check_filter(filter)


@pytest.mark.parametrize("name", ["", "a/+", "#", "a\0b", "x" * 70_000, "\udc00"])
def test_these_names_cannot_be_published_to(name: str) -> None:
    with pytest.raises(ValueError, match=r"topic|NUL|65535"):
        check_name(name)
