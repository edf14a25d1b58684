"""Three-way merge: what people do to one flow at the same time."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.flow.canonical import format_flow
from flowengine.flow.merge import merge
from tests.engine.flow.merging import Flow, add, base, both, clean, move, option, remove, rename


def test_options_of_one_node_merge_at_any_depth() -> None:
    def ours(data: Flow) -> None:
        data["nodes"]["hold"]["options"]["limits"]["low"] = 10

    def theirs(data: Flow) -> None:
        data["nodes"]["hold"]["options"]["limits"]["high"] = 90
        data["nodes"]["hold"]["options"]["setpoint"] = 200

    options = clean(ours, theirs)["nodes"]["hold"]["options"]
    assert options == {"setpoint": 200, "limits": {"low": 10, "high": 90}}


def test_nodes_added_by_both_at_the_same_place_merge() -> None:
    data = clean(add("a", {"from": "hold", "to": "a"}), add("b", {"from": "hold", "to": "b"}))
    assert list(data["nodes"]) == ["read", "hold", "heat", "show", "b", "a"] or list(data["nodes"])[-2:] == ["a", "b"]
    assert {"from": "hold", "to": "a"} in data["wires"]
    assert {"from": "hold", "to": "b"} in data["wires"]


def test_a_true_conflict_names_node_and_property_and_keeps_ours() -> None:
    merged = both(option("hold", "setpoint", 200), option("hold", "setpoint", 190))
    (conflict,) = merged.conflicts
    assert str(conflict) == "node hold, options.setpoint: ours 200, theirs 190, before 180; ours is kept"
    assert merged.data["nodes"]["hold"]["options"]["setpoint"] == 200


def test_the_same_change_on_both_sides_is_none() -> None:
    assert clean(option("hold", "setpoint", 200), option("hold", "setpoint", 200))["nodes"]["hold"]["options"][
        "setpoint"
    ] == 200  # fmt: skip


@pytest.mark.parametrize("turned", [False, True])
def test_removing_a_node_that_the_other_side_changed_is_a_conflict_and_keeps_ours(turned: bool) -> None:
    sides = [remove("show"), option("show", "label", "x")]

    def change(data: Flow) -> None:
        data["nodes"]["show"]["options"] = {"property": "payload"}

    sides[1] = change
    merged = both(*(reversed(sides) if turned else sides))
    (conflict,) = merged.conflicts
    assert conflict.what == "node show"
    assert ("show" in merged.data["nodes"]) is turned
    assert ({"from": "hold", "to": "show"} in merged.data["wires"]) is turned
    assert merged.data["layout"].get("show") == ([400, 100] if turned else None)


@pytest.mark.parametrize("turned", [False, True])
def test_a_wire_to_a_node_that_the_other_side_removed_is_dropped_and_named(turned: bool) -> None:
    sides = [remove("show"), lambda data: data["wires"].append({"from": "read", "to": "show"})]
    merged = both(*(reversed(sides) if turned else sides))
    assert merged.conflicts == []
    assert merged.dropped == ["wire read -> show: node show was removed on the other side"]
    assert all("show" not in wire.values() for wire in merged.data["wires"])


def test_a_node_renamed_here_and_changed_there_is_both() -> None:
    def theirs(data: Flow) -> None:
        option("hold", "setpoint", 200)(data)
        data["wires"].append({"from": "read", "to": "hold.feed-forward"})
        move("hold", 7)(data)

    for sides in ((rename("hold", "hold-heat"), theirs), (theirs, rename("hold", "hold-heat"))):
        data = clean(*sides)
        assert data["nodes"]["hold-heat"]["options"]["setpoint"] == 200
        assert "hold" not in data["nodes"]
        assert {"from": "read", "to": "hold-heat.feed-forward"} in data["wires"]
        assert data["layout"]["hold-heat"] == [7, 0]


def test_a_node_renamed_differently_on_both_sides_is_one_node_and_a_conflict() -> None:
    merged = both(rename("hold", "ours"), rename("hold", "theirs"))
    assert [conflict.what for conflict in merged.conflicts] == ["node hold"]
    assert list(merged.data["nodes"]) == ["read", "ours", "heat", "show"]
    assert len(merged.data["wires"]) == 3


@pytest.mark.parametrize("turned", [False, True])
def test_a_node_renamed_here_and_removed_there_is_a_conflict_and_keeps_ours(turned: bool) -> None:
    sides = [rename("show", "display"), remove("show")]
    merged = both(*(reversed(sides) if turned else sides))
    assert [conflict.what for conflict in merged.conflicts] == ["node show"]
    assert ("display" in merged.data["nodes"]) is not turned
    assert "show" not in merged.data["nodes"]


def test_another_type_and_another_option_of_one_node_do_not_go_together() -> None:
    merged = both(lambda data: data["nodes"]["hold"].update(type="control/limit"), option("hold", "setpoint", 200))
    assert [str(conflict).partition(":")[0] for conflict in merged.conflicts] == ["node hold, type"]


def test_a_port_that_goes_without_saying_is_the_same_port() -> None:
    def ours(data: Flow) -> None:
        data["wires"][0]["from"] += ".out"
        data["wires"][0]["queue"] = {"size": 5}

    def theirs(data: Flow) -> None:
        data["wires"][0]["to"] += ".in"
        data["wires"][0]["disabled"] = True

    assert clean(ours, theirs)["wires"][0] == {"from": "read.out", "to": "hold", "queue": {"size": 5}, "disabled": True}


def test_wires_connections_variables_notes_and_interface_merge() -> None:
    def ours(data: Flow) -> None:
        data["wires"][1]["queue"] = {"size": 10}
        data["connections"]["oven"]["options"]["port"] = 503
        data["environment"]["A"] = "1"
        data["note"] = "Ours"
        data["subflow"] = {"inputs": {"in": ["read", "hold"]}}

    def theirs(data: Flow) -> None:
        data["wires"][1]["disabled"] = True
        data["connections"]["press"] = {"type": "modbus/device"}
        data["connections"]["oven"]["options"]["unit"] = 2
        data["environment"]["HOST"] = "10.0.0.2"
        data["nodes"]["hold"]["note"] = "Theirs"

    data = clean(ours, theirs)
    assert data["wires"][1] == {"from": "hold", "to": "heat", "queue": {"size": 10}, "disabled": True}
    assert data["connections"]["oven"]["options"] == {"host": "${HOST}", "port": 503, "unit": 2}
    assert list(data["connections"]) == ["oven", "press"]
    assert data["environment"] == {"HOST": "10.0.0.2", "A": "1"}
    assert (data["note"], data["nodes"]["hold"]["note"]) == ("Ours", "Theirs")


def test_ends_of_a_subflows_port_are_a_set() -> None:
    start = {**base(), "subflow": {"inputs": {"in": ["read", "hold"]}, "outputs": {}}}
    ours, theirs = copy.deepcopy(start), copy.deepcopy(start)
    ours["subflow"]["inputs"]["in"].append("heat")
    theirs["subflow"]["inputs"]["in"] = ["show", "hold"]
    theirs["subflow"]["parameters"] = {"gain": {"type": "number"}}
    merged = merge(start, ours, theirs)
    assert merged.conflicts == []
    assert sorted(merged.data["subflow"]["inputs"]["in"]) == ["heat", "hold", "show"]
    assert "gain" in merged.data["subflow"]["parameters"]


def test_positions_never_conflict_ours_unless_only_theirs_moved() -> None:
    layout = clean(lambda d: move("read", 1)(d), lambda d: (move("read", 2)(d), move("hold", 3)(d)))["layout"]
    assert (layout["read"], layout["hold"]) == ([1, 0], [3, 0])


def test_groups_merge_their_members_and_forget_removed_nodes() -> None:
    start = base()
    start["layout"]["$group:heat"] = {"nodes": ["hold", "heat"], "colour": "teal"}
    ours, theirs = copy.deepcopy(start), copy.deepcopy(start)
    ours["layout"]["$group:heat"]["nodes"].append("show")
    theirs["layout"]["$group:heat"]["colour"] = "grey"
    remove("heat")(theirs)
    merged = merge(start, ours, theirs)
    assert merged.data["layout"]["$group:heat"] == {"nodes": ["hold", "show"], "colour": "grey"}


def test_the_order_of_wires_is_kept_and_two_new_orders_are_a_conflict() -> None:
    def reorder(*order: int) -> Any:
        return lambda data: data.update(wires=[data["wires"][number] for number in order])

    data = clean(reorder(0, 2, 1), add("more", {"from": "more", "to": "show"}))
    assert [wire["to"] for wire in data["wires"] if wire["from"] == "hold"] == ["show", "heat"]
    start = base()
    start["wires"].append({"from": "hold", "to": "read.back"})
    sides = [copy.deepcopy(start) for _ in range(2)]
    reorder(0, 3, 1, 2)(sides[0])
    reorder(0, 2, 3, 1)(sides[1])
    assert [conflict.what for conflict in merge(start, *sides).conflicts] == ["wires from hold"]


def test_a_new_file_on_both_sides_merges_what_can_be() -> None:
    ours, theirs = base(), base()
    add("a")(ours)
    option("hold", "setpoint", 1)(theirs)
    merged = merge({}, ours, theirs)
    assert "a" in merged.data["nodes"]
    assert [str(conflict).partition(":")[0] for conflict in merged.conflicts] == ["node hold, options.setpoint"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=6,
)
NODES = st.dictionaries(
    st.sampled_from("abcd"), st.fixed_dictionaries({"type": st.sampled_from(["x", "y"]), "o": JSON})
)
ENDS = st.sampled_from(["a", "b.x", "c", "d", "e"])
FLOWS = st.fixed_dictionaries(
    {},
    optional={
        "nodes": NODES,
        "wires": st.lists(st.fixed_dictionaries({"from": ENDS, "to": ENDS}, optional={"queue": JSON}), max_size=5),
        "layout": st.dictionaries(st.sampled_from(["a", "b", "$group:g"]), JSON),
        "subflow": st.fixed_dictionaries({}, optional={"inputs": JSON, "parameters": JSON}),
        "note": JSON,
    },
)


@given(FLOWS, FLOWS, FLOWS)
def test_whatever_is_merged_comes_out_as_json_and_merging_with_no_change_changes_nothing(
    start: Flow, ours: Flow, theirs: Flow
) -> None:
    merged = merge(start, ours, theirs)
    assert json.loads(format_flow(merged.data)) == merged.data
    turned = merge(start, theirs, ours)
    assert bool(turned.conflicts) == bool(merged.conflicts)
    for side, result in ((ours, merge(start, ours, start)), (theirs, merge(start, start, theirs))):
        assert result.conflicts == []
        assert result.data == side or _mentions(side, start.get("nodes", {}).keys() - side.get("nodes", {}).keys())
    assert merge(start, ours, ours).data == ours or _mentions(
        ours, start.get("nodes", {}).keys() - ours.get("nodes", {}).keys()
    )


def _mentions(flow: Flow, nodes: set[str]) -> bool:
    """Whether a flow still names nodes that it has removed: a merge forgets them."""
    ends = {end.partition(".")[0] for wire in flow.get("wires", []) for end in (wire["from"], wire["to"])}
    elsewhere = json.dumps([flow.get("layout"), flow.get("subflow")])
    return bool(nodes & ends) or any(f'"{node}' in elsewhere for node in nodes)
