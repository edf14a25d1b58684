from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData
from flowengine_nodes.influx.line_protocol import line
from tests.plants.line_protocol import parse


def test_the_examples_of_influxdbs_documentation() -> None:
    # "Line protocol", InfluxDB v2 reference: special characters
    assert line("my Measurement", {}, {"fieldKey": "string value"}, 0) == 'my\\ Measurement fieldKey="string value" 0'
    assert line("myMeasurement", {"tagKey1": "tag Value1", "tag Key2": "tagValue2"}, {"fieldKey": 100}, 0) == (
        "myMeasurement,tag\\ Key2=tagValue2,tagKey1=tag\\ Value1 fieldKey=100i 0"
    )
    assert line("m", {}, {"f": 'a "b" \\c', "g": True}, 1.5) == 'm f="a \\"b\\" \\\\c",g=true 1500000'


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=10).filter(
    lambda text: not text.endswith("\\") and "\\" not in text
)
VALUES = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)


@given(NAMES, st.dictionaries(NAMES, NAMES, max_size=3), st.dictionaries(NAMES, VALUES, min_size=1, max_size=3))
def test_what_is_written_is_read_back_by_another_parser(
    measurement: str, tags: dict[str, str], fields: dict[str, Any]
) -> None:
    (point,) = parse(line(measurement, tags, fields, 1_767_225_600.25))
    assert point == (measurement, tags, fields, 1_767_225_600_250_000)
    assert [type(value) for value in point.fields.values()] == [type(value) for value in fields.values()]


def test_what_influxdb_cannot_have_is_left_out_or_refused() -> None:
    assert line("m", {"t": ""}, {"a": None, "b": math.nan, "c": 1.0}, 0) == "m c=1.0 0"
    wrong: list[tuple[Any, str]] = [
        (("", {}, {"a": 1}), "no measurement"),
        (("m", {}, {"a": None}), "no field"),
        (("m", {}, {"a": [1]}), "expected a number"),
        (("m", {}, {"a": 2**63}), "64 bits"),
        (("m\\", {}, {"a": 1}), "backslash"),
        (("m", {"": "x"}, {"a": 1}), "empty name"),
    ]
    for bad, said in wrong:
        with pytest.raises(BadData, match=said):
            line(bad[0], bad[1], bad[2], 0)
