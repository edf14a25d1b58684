from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.errors import FlowInvalid
from flowengine.flow.canonical import format_flow, format_text
from flowengine.flow.file import from_data, parse_flow, read_flow, to_data, write_flow

CANONICAL = """\
{
  "flowengine": 1,
  "name": "oven-control",
  "environment": {
    "OVEN_PORT": "5020"
  },
  "connections": {
    "oven": {"type": "modbus/device", "options": {"host": "${OVEN_HOST:-127.0.0.1}", "port": 5020}}
  },
  "nodes": {
    "temperature": {"type": "modbus/read", "options": {"connection": "oven", "address": 10}},
    "hold-180": {
      "type": "control/pid",
      "options": {
        "setpoint": 180.0,
        "unit": "°C",
        "gains": {"proportional": 1, "integral": 0.25, "derivative": 0.0},
        "limits": [0, 100]
      },
      "note": "Tuned by hand"
    },
    "heater": {"type": "modbus/write"}
  },
  "wires": [
    {"from": "temperature", "to": "hold-180"},
    {"from": "hold-180.output", "to": "heater", "queue": {"size": 10, "full": "drop-oldest"}}
  ],
  "layout": {
    "temperature": [80, 120],
    "heater": {"x": 300, "y": 120}
  }
}
"""


def test_the_canonical_form_is_one_line_for_a_short_node_a_wire_and_a_position() -> None:
    assert format_text(CANONICAL) == CANONICAL
    assert format_text(json.dumps(json.loads(CANONICAL))) == CANONICAL


def test_groups_and_notes_of_the_canvas_come_behind_the_positions_sorted_and_one_a_line() -> None:
    text = format_text(
        '{"flowengine": 1, "nodes": {"a": {"type": "t/t"}, "b": {"type": "t/t"}}, "layout": {'
        '"$note:n2": {"at": [1, 2], "size": [200, 80], "text": "Line one\\nline two"}, "b": [3, 4], "gone": [5, 6],'
        '"$group:oven": {"nodes": ["a", "b"], "colour": "teal"}, "$note:n10": {"at": [0, 0]}, "a": [1, 2]}}'
    )
    assert (
        text.partition('"layout"')[2]
        == """: {
    "a": [1, 2],
    "b": [3, 4],
    "gone": [5, 6],
    "$group:oven": {"nodes": ["a", "b"], "colour": "teal"},
    "$note:n10": {"at": [0, 0]},
    "$note:n2": {"at": [1, 2], "size": [200, 80], "text": "Line one\\nline two"}
  }
}
"""
    )
    assert format_text(text) == text
    flow = from_data(json.loads(text), "x")
    assert format_flow(flow).partition('"layout"')[2] == text.partition('"layout"')[2]


def test_disabled_stands_behind_the_note_of_the_flow() -> None:
    text = format_text('{"disabled": true, "nodes": {}, "note": "later", "flowengine": 1}')
    assert [line.split('"')[1] for line in text.splitlines()[1:-1]] == ["flowengine", "note", "disabled", "nodes"]
    assert from_data(json.loads(text), "x").disabled


def test_keys_come_in_a_fixed_order_and_nodes_and_wires_in_that_of_the_author() -> None:
    text = format_text(
        '{"wires": [{"to": "a", "from": "b"}], "layout": {"a": [1, 2], "b": [3, 4]},'
        '"nodes": {"b": {"options": {"z": 1, "y": 2}, "type": "t/t"}, "a": {"note": "n", "type": "t/t"}},'
        '"flowengine": 1}'
    )
    assert text.index("flowengine") < text.index("nodes") < text.index("wires") < text.index("layout")
    assert '"b": {"type": "t/t", "options": {"z": 1, "y": 2}},\n    "a": {"type": "t/t", "note": "n"}' in text
    assert '{"from": "b", "to": "a"}' in text
    assert '"b": [3, 4],\n    "a": [1, 2]' in text  # positions in the order of the nodes


def test_moving_a_box_changes_no_line_of_logic() -> None:
    moved = json.loads(CANONICAL)
    moved["layout"]["temperature"] = [90, 120]
    before, after = CANONICAL.splitlines(), format_flow(moved).splitlines()
    changed = [line for line in after if line not in before]
    assert changed == ['    "temperature": [90, 120],']


def test_unknown_keys_and_wrong_types_are_kept_as_they_are() -> None:
    data = {"nodes": [1], "strange": {"a": None}, "wires": {"x": [1]}, "layout": 3, "subflow": [], "environment": 1}
    assert json.loads(format_flow(data)) == data
    assert format_text("[1, 2]") == "[1, 2]\n"
    assert format_text("{}") == "{}\n"


def test_what_would_lose_something_is_not_formatted() -> None:
    for text in ('{"a": 1, "a": 2}', '{"a": NaN}', "{", '{"a": 1e999}'):
        with pytest.raises(FlowInvalid):
            format_text(text)


def test_a_byte_order_mark_is_taken_off() -> None:
    assert format_text(b'\xef\xbb\xbf{"flowengine": 1}') == '{\n  "flowengine": 1\n}\n'


NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,8}", fullmatch=True)
PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PLAIN, inner, max_size=4),
    max_leaves=8,
)
OPTIONS = st.dictionaries(PLAIN, JSON, max_size=4)
ENDS = st.builds(lambda node, port: node + port, NAMES, st.just("") | NAMES.map(lambda name: "." + name))
WIRES = st.fixed_dictionaries(
    {"from": ENDS, "to": ENDS},
    optional={
        "feedback": st.fixed_dictionaries({"initial": JSON}),
        "queue": st.fixed_dictionaries({"size": st.integers(1, 9)}, optional={"full": st.just("drop-oldest")}),
        "disabled": st.booleans(),
    },
)
NODES = st.fixed_dictionaries({"type": PLAIN}, optional={"options": OPTIONS, "disabled": st.booleans(), "note": PLAIN})
FLOWS = st.fixed_dictionaries(
    {"flowengine": st.just(1), "name": NAMES},
    optional={
        "note": PLAIN,
        "environment": st.dictionaries(PLAIN, PLAIN, max_size=3),
        "subflow": st.fixed_dictionaries(
            {},
            optional={
                "parameters": st.dictionaries(NAMES, OPTIONS, max_size=2),
                "inputs": st.dictionaries(NAMES, st.lists(ENDS, max_size=2), max_size=2),
                "outputs": st.dictionaries(NAMES, st.lists(ENDS, max_size=2), max_size=2),
            },
        ),
        "connections": st.dictionaries(NAMES, st.fixed_dictionaries({"type": PLAIN}), max_size=2),
        "nodes": st.dictionaries(NAMES, NODES, max_size=4),
        "wires": st.lists(WIRES, max_size=4),
        "layout": st.dictionaries(NAMES, st.lists(st.integers(), max_size=2), max_size=4),
    },
)


@given(st.dictionaries(PLAIN, JSON, max_size=5) | FLOWS)
def test_formatting_keeps_the_meaning_and_is_done_after_once(data: dict[str, Any]) -> None:
    text = format_flow(data)
    assert json.loads(text) == data
    assert repr_of(json.loads(text)) == repr_of(data)  # 20 and 20.0 stay what they were
    assert format_text(text) == text


def repr_of(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@given(FLOWS)
def test_a_flow_survives_the_way_into_a_file_and_back(data: dict[str, Any]) -> None:
    flow = from_data(data)
    assert from_data(to_data(flow)) == flow
    parsed = parse_flow(format_flow(flow))
    assert parsed.problems == []
    assert parsed.flow == flow


def test_a_file_is_replaced_as_a_whole_and_leaves_nothing_else_behind(tmp_path: Path) -> None:
    path = tmp_path / "oven-control.json"
    path.write_text("old")
    write_flow(path, json.loads(CANONICAL))
    assert path.read_text() == CANONICAL
    write_flow(path, read_flow(path).flow or {})
    assert json.loads(path.read_text()) == json.loads(CANONICAL)
    assert [file.name for file in tmp_path.iterdir()] == ["oven-control.json"]


def test_what_has_been_written_before_is_written_the_same_and_nothing_passes_for_what_only_looks_like_it() -> None:
    def flow(value: Any) -> dict[str, Any]:
        return {"nodes": {"a": {"type": "x", "options": {"v": value}}}, "wires": [{"from": "a", "feedback": value}]}

    for value in (1, 1.0, True, None, "1", 10**30):
        text = format_flow(flow(value))
        assert format_flow(flow(value)) == text
        assert repr(json.loads(text)["nodes"]["a"]["options"]["v"]) == repr(value)
    with pytest.raises(ValueError, match="not JSON compliant"):
        format_flow(flow(float("nan")))
