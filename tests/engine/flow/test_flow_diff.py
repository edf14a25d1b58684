from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flowengine.flow.diff import diff
from flowengine.flow.file import from_data

OLD: dict[str, Any] = {
    "flowengine": 1,
    "name": "oven",
    "connections": {"plc": {"type": "t/device", "options": {"host": "a"}}, "gone": {"type": "t/device"}},
    "nodes": {
        "read": {"type": "t/read"},
        "hold": {"type": "t/pid", "options": {"setpoint": 180, "gains": {"p": 1, "i": 2}, "unit": "degC"}},
        "log": {"type": "t/log"},
    },
    "wires": [{"from": "read", "to": "hold"}, {"from": "hold", "to": "log"}, {"from": "hold.high", "to": "log"}],
    "layout": {"read": [1, 2], "hold": [3, 4]},
}


def changed(**keys: Any) -> Any:
    return from_data({**OLD, **keys})


def test_nodes_wires_and_connections_that_came_went_and_changed_are_listed() -> None:
    nodes = {
        "read": OLD["nodes"]["read"],
        "hold": {"type": "t/pid", "options": {"setpoint": 185, "gains": {"p": 1, "d": 3}, "unit": "degC"}},
        "show": {"type": "t/show"},
    }
    wires = [{"from": "read", "to": "hold"}, {"from": "hold", "to": "show", "feedback": {"initial": 0}}]
    found = diff(
        from_data(OLD),
        changed(
            nodes=nodes,
            wires=wires,
            connections={"plc": {"type": "t/device", "options": {"host": "b"}}, "new": {"type": "t/x"}},
            note="Zone 1",
            layout={"read": [1, 2], "hold": [5, 4]},
        ),
    )
    assert (found.added, found.removed, found.kept) == (("show",), ("log",), ("read",))
    assert not found.layout_only
    assert str(found) == (
        "oven:\n"
        "  + node show\n"
        "  - node log\n"
        "  ~ node hold\n"
        "      options.setpoint: 180 -> 185\n"
        "      options.gains.i: 2 removed\n"
        "      options.gains.d: 3 added\n"
        "  + connection new\n"
        "  - connection gone\n"
        "  ~ connection plc\n"
        '      options.host: "a" -> "b"\n'
        "  + wire hold -> show (feedback, initially 0)\n"
        "  - wire hold -> log\n"
        "  - wire hold.high -> log\n"
        '  ~ flow note: "" -> "Zone 1"\n'
        "  ~ positions: hold"
    )


def test_moved_boxes_are_no_change_of_logic() -> None:
    found = diff(from_data(OLD), changed(layout={"read": [9, 9], "hold": [3, 4]}))
    assert found
    assert found.layout_only
    assert not found.logic
    assert str(found) == "oven: only positions differ (read)"


def test_equal_flows_do_not_differ() -> None:
    found = diff(from_data(OLD), from_data(OLD))
    assert not found
    assert str(found) == "oven: no difference"


def test_the_order_of_wires_matters_within_one_output_only() -> None:
    wires = [{"from": "a", "to": "b"}, {"from": "a", "to": "c"}, {"from": "b", "to": "c"}]
    old = changed(wires=wires)
    assert diff(old, changed(wires=[wires[1], wires[0], wires[2]])).wires_reordered
    assert not diff(old, changed(wires=[wires[2], wires[0], wires[1]]))


def test_a_wire_that_is_there_twice_counts_twice() -> None:
    wire = {"from": "a", "to": "b"}
    assert len(diff(changed(wires=[wire]), changed(wires=[wire, wire])).wires_added) == 1


def test_true_is_not_one() -> None:
    old = changed(nodes={"a": {"type": "t/t", "options": {"x": 1, "y": [1]}}})
    new = changed(nodes={"a": {"type": "t/t", "options": {"x": True, "y": [True]}}})
    assert [c.path for c in diff(old, new).changed["a"]] == ["options.x", "options.y"]


def test_a_flow_that_came_or_went() -> None:
    came, went = diff(None, from_data(OLD)), diff(from_data(OLD), None)
    assert came.added == went.removed == ("read", "hold", "log")
    assert str(came).startswith("oven: (new flow)\n  + node read")
    assert str(went).startswith("oven: (flow removed)")
    assert diff(None, changed(nodes={}, wires=[], connections={}, layout={}))


NODES = st.dictionaries(
    st.sampled_from("abcd"),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["x/a", "x/b"]), "options": st.dictionaries(st.sampled_from("pq"), st.integers(0, 2))}
    ),
)
WIRES = st.lists(st.fixed_dictionaries({"from": st.sampled_from("ab"), "to": st.sampled_from("ab")}), max_size=4)


@given(NODES, NODES, WIRES, WIRES)
def test_every_node_is_on_exactly_one_side_and_the_way_back_mirrors(a: Any, b: Any, v: Any, w: Any) -> None:
    old, new = changed(nodes=a, wires=v), changed(nodes=b, wires=w)
    there, back = diff(old, new), diff(new, old)
    assert sorted([*there.added, *there.changed, *there.kept]) == sorted(b)
    assert (there.added, there.removed) == (back.removed, back.added) or a.keys() != b.keys()
    assert set(there.added) == set(back.removed)
    assert set(there.changed) == set(back.changed)
    assert len(old.wires) + len(there.wires_added) - len(there.wires_removed) == len(new.wires)
