"""signal/align against pandas' as-of join and numpy's interpolation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine_nodes.signal.align import Align
from tests.nodes.signal.feeding import START, reading, sent


def of(topic: str, seconds: float, value: Any, quality: str = "good") -> Message:
    return reading(seconds, value, quality).replace(topic=topic)


def rows(node: Align, *inputs: Message) -> list[tuple[float, Any, str]]:
    return [(msg.time - START, msg.payload, msg.quality) for msg in sent(node, inputs, flush=True)]


def series(name: str) -> st.SearchStrategy[list[tuple[str, int, float]]]:
    times = st.lists(st.integers(0, 300), min_size=1, max_size=25, unique=True).map(sorted)
    return times.map(lambda found: [(name, t, float(np.sin(t) * 100 + len(name))) for t in found])


@settings(max_examples=80)
@given(series("lead"), series("other"), st.integers(1, 60), st.sampled_from(["last", "nearest", "linear"]))
def test_rows_are_those_of_pandas_and_numpy_however_the_signals_arrive(
    lead: list[tuple[str, int, float]], other: list[tuple[str, int, float]], oldest: int, method: Any
) -> None:
    mixed = sorted([*lead, *other], key=lambda item: item[1])
    node = Align(signals=["lead", "other"], method=method, oldest=float(oldest), wait=1000)
    found = rows(node, *[of(*item) for item in mixed])
    a = pd.DataFrame({"t": [t for _, t, _ in lead]})
    b = pd.DataFrame({"t": [t for _, t, _ in other], "x": [x for _, _, x in other]})
    assert [t for t, _, _ in found] == a["t"].tolist()
    if method == "linear":
        for t, payload, quality in found:
            before = b[(b["t"] <= t) & (b["t"] >= t - oldest)]
            after = b[(b["t"] >= t) & (b["t"] <= t + oldest)]
            if len(before) and len(after):
                assert payload["other"] == pytest.approx(np.interp(t, b["t"], b["x"]), abs=1e-9)
            elif len(before):
                assert (payload["other"], quality) == (before["x"].iloc[-1], "uncertain")
            else:
                assert (payload["other"], quality) == (None, "uncertain")
        return
    direction = "backward" if method == "last" else "nearest"
    joined = pd.merge_asof(a, b, on="t", direction=direction, tolerance=oldest)["x"].tolist()
    assert [payload["other"] for _, payload, _ in found] == [None if x != x else x for x in joined]


def test_a_grid_gives_rows_in_even_steps() -> None:
    node = Align(signals=["a", "b"], at="grid", every=2, method="linear")
    found = rows(node, of("a", 0, 0.0), of("b", 1, 10.0), of("a", 4, 8.0), of("b", 5, 30.0))
    assert found == [
        (0, {"a": 0.0, "b": None}, "uncertain"),
        (2, {"a": 4.0, "b": 15.0}, "good"),
        (4, {"a": 8.0, "b": 25.0}, "good"),
    ]


def test_a_row_waits_for_the_other_signals_but_not_for_ever() -> None:
    node = Align(signals=["a", "b"], wait=5)
    assert sent(node, [of("a", 0, 1.0), of("a", 4, 2.0)]) == []
    node = Align(signals=["a", "b"], wait=5)
    assert len(sent(node, [of("a", 0, 1.0), of("a", 5, 2.0)])) == 1
    node = Align(signals=["a", "b"], wait=0)
    assert [msg.payload for msg in sent(node, [of("b", 0, 7), of("a", 1, "on")])] == [{"a": "on", "b": 7}]


def test_a_bad_signal_is_null_and_all_bad_make_the_row_bad() -> None:
    node = Align(signals=["a", "b"], wait=0)
    inputs = [of("b", 0, None, "bad"), of("a", 1, 1.0), of("a", 2, None, "bad"), of("b", 3, 2.0, "uncertain")]
    assert rows(node, *inputs, of("a", 4, 3.0)) == [
        (1, {"a": 1.0, "b": None}, "uncertain"),
        (2, {"a": None, "b": None}, "bad"),
        (4, {"a": 3.0, "b": 2.0}, "uncertain"),
    ]


def test_what_is_held_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Align(signals=["a", "b"], wait=1e9, most_readings=10)
    found = sent(node, [of("a", n, float(n)) for n in range(50)])
    assert len(found) == 40
    assert len(node.readings["a"]) <= 11
    assert len(node.rows) == 10


def test_readings_that_no_row_needs_any_more_are_forgotten() -> None:
    node = Align(signals=["a", "b"], wait=1)
    sent(node, [of("ab"[n % 2], n / 2, float(n)) for n in range(500)])
    assert len(node.readings["a"]) <= 4
    assert len(node.readings["b"]) <= 4


def test_other_topics_late_readings_and_a_name_twice_are_refused() -> None:
    with pytest.raises(BadData, match="none of the signals"):
        sent(Align(signals=["a"]), [of("c", 0, 1)])
    with pytest.raises(BadData, match="late"):
        sent(Align(signals=["a"]), [of("a", 5, 1), of("a", 4, 1)])
    with pytest.raises(ValueError, match="twice"):
        Align(signals=["a", "a"])


def test_after_a_clock_set_back_all_begins_anew() -> None:
    node = Align(signals=["a", "b"], wait=0)
    found = rows(node, of("b", 900, 1.0), of("a", 900, 1.0), of("a", 0, 2.0), of("b", 1, 3.0), of("a", 2, 4.0))
    assert [payload for _, payload, _ in found] == [{"a": 1.0, "b": 1.0}, {"a": 2.0, "b": None}, {"a": 4.0, "b": 3.0}]


def test_a_deploy_that_asks_for_lines_through_words_begins_anew() -> None:
    words = Align(signals=["a", "b"])
    words.process(Message("open", topic="a", time=1.0))
    with pytest.raises(ValueError, match="of another kind"):
        Align(signals=["a", "b"], method="linear").restore(words.state())
    lines = Align(signals=["a", "b"])
    lines.process(Message(5, topic="a", time=1.0))
    Align(signals=["a", "b"], method="linear").restore(lines.state())
