"""Three-way merge: what people do to one flow at the same time."""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from flowengine.cli import cli
from flowengine.flow.canonical import format_flow
from flowengine.flow.file import parse_flow
from flowengine.flow.merge import Merged, merge
from flowengine.flow.merge_lists import merge_lists

Flow = dict[str, Any]


def base() -> Flow:
    return {
        "flowengine": 1,
        "name": "oven",
        "note": "Hold the heat",
        "environment": {"HOST": "10.0.0.1"},
        "connections": {"oven": {"type": "modbus/device", "options": {"host": "${HOST}", "port": 502}}},
        "nodes": {
            "read": {"type": "modbus/read", "options": {"connection": "oven", "address": 10}},
            "hold": {"type": "control/pid", "options": {"setpoint": 180, "limits": {"low": 0, "high": 100}}},
            "heat": {"type": "modbus/write", "options": {"connection": "oven", "address": 20}},
            "show": {"type": "debug/log"},
        },
        "wires": [
            {"from": "read", "to": "hold"},
            {"from": "hold", "to": "heat"},
            {"from": "hold", "to": "show"},
        ],
        "layout": {"read": [0, 0], "hold": [200, 0], "heat": [400, 0], "show": [400, 100]},
    }


def both(ours: Any, theirs: Any) -> Merged:
    """Merge what two functions do to the same flow; whatever comes out is a flow file."""
    sides = []
    for change in (ours, theirs):
        data = base()
        change(data)
        sides.append(data)
    before = copy.deepcopy(sides)
    merged = merge(base(), *sides)
    assert sides == before, "what is merged must not be changed"
    assert parse_flow(format_flow(merged.data), "oven.json").problems == []
    return merged


def clean(ours: Any, theirs: Any) -> Flow:
    merged = both(ours, theirs)
    assert merged.conflicts == []
    return merged.data


def option(node: str, name: str, value: Any) -> Any:
    return lambda data: data["nodes"][node]["options"].update({name: value})


def rename(old: str, new: str) -> Any:
    def change(data: Flow) -> None:
        data["nodes"] = {new if key == old else key: node for key, node in data["nodes"].items()}
        data["wires"] = [{key: new if end == old else end for key, end in wire.items()} for wire in data["wires"]]
        data["layout"] = {new if key == old else key: place for key, place in data["layout"].items()}

    return change


def remove(node: str) -> Any:
    def change(data: Flow) -> None:
        del data["nodes"][node], data["layout"][node]
        data["wires"] = [wire for wire in data["wires"] if node not in (wire["from"], wire["to"])]

    return change


def add(name: str, *wires: Flow) -> Any:
    def change(data: Flow) -> None:
        data["nodes"][name] = {"type": "debug/log"}
        data["wires"] += wires

    return change


def move(node: str, x: int) -> Any:
    return lambda data: data["layout"].update({node: [x, 0]})


def nothing(data: Flow) -> None:
    pass


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


RULES = [{"port": name, "above": number, "unit": "degC"} for number, name in enumerate("abcd")]


def with_rules(change: Any = lambda entries: None) -> Flow:
    """Return the flow with four rules at a node, after an edit of them."""
    data = base()
    data["nodes"]["hold"]["options"]["rules"] = copy.deepcopy(RULES)
    change(data["nodes"]["hold"]["options"]["rules"])
    return data


def merged_rules(ours: Any, theirs: Any) -> Merged:
    return merge(with_rules(), with_rules(ours), with_rules(theirs))


def test_lists_merge_entry_by_entry() -> None:
    def ours(entries: list[Any]) -> None:
        entries[0]["above"] = 10
        entries[3]["unit"] = "K"
        del entries[2]

    def theirs(entries: list[Any]) -> None:
        entries[3]["above"] = 99
        entries.append({"port": "e", "above": 5, "unit": "degC"})

    merged = merged_rules(ours, theirs)
    assert merged.conflicts == []
    assert merged.data["nodes"]["hold"]["options"]["rules"] == [
        {"port": "a", "above": 10, "unit": "degC"},
        {"port": "b", "above": 1, "unit": "degC"},
        {"port": "d", "above": 99, "unit": "K"},
        {"port": "e", "above": 5, "unit": "degC"},
    ]


def test_one_entry_changed_by_both_sides_is_named_and_the_others_merge() -> None:
    merged = merged_rules(
        lambda entries: entries[1].update(above=10), lambda entries: [one.update(above=20) for one in entries[1:3]]
    )
    assert [str(one) for one in merged.conflicts] == [
        "node hold, options.rules[1].above: ours 10, theirs 20, before 1; ours is kept"
    ]
    assert [one["above"] for one in merged.data["nodes"]["hold"]["options"]["rules"]] == [0, 10, 20, 3]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda entries: entries.append({"port": "x"}), lambda entries: entries.append({"port": "y"})),
        (lambda entries: entries.pop(1), lambda entries: entries[1].update(above=7)),
        (lambda entries: entries.insert(0, entries.pop()), lambda entries: entries.insert(1, entries.pop())),
        (lambda entries: entries.clear(), lambda entries: entries.insert(2, {"port": "z"})),
    ],
    ids=["put at the same place", "removed and changed", "moved to two places", "put into what is gone"],
)
def test_edits_of_a_list_that_meet_are_a_conflict_that_names_it_and_keep_ours(ours: Any, theirs: Any) -> None:
    merged = merged_rules(ours, theirs)
    (conflict,) = merged.conflicts
    assert (conflict.what, conflict.property) == ("node hold", "options.rules")
    kept = copy.deepcopy(RULES)
    ours(kept)
    assert merged.data["nodes"]["hold"]["options"]["rules"] == kept


@given(st.lists(st.integers(0, 99), max_size=12, unique=True), st.sets(st.integers(0, 11)), st.sets(st.integers(0, 11)))
def test_different_entries_of_a_list_of_values_always_merge(
    before: list[int], ours: set[int], theirs: set[int]
) -> None:
    def changed(by: dict[int, int]) -> list[int]:
        return [by.get(index, value) for index, value in enumerate(before)]

    us = {index: 100 + index for index in ours}
    them = {index: 200 + index for index in theirs - ours}
    both_sides = changed(us), changed(them)
    assert merge_lists(before, *both_sides, lambda *entry: pytest.fail("no entry meets")) == changed(us | them)


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


# --- the command, and git itself ---


def write(folder: Path, **flows: Any) -> list[str]:
    files = []
    for name, data in flows.items():
        (folder / name).write_text(data if isinstance(data, str) else format_flow(data))
        files.append(str(folder / name))
    return files


def test_the_command_writes_ours_exits_0_and_with_conflicts_1_in_words_and_as_json(tmp_path: Path) -> None:
    ours, theirs = base(), base()
    option("hold", "setpoint", 200)(ours)
    add("a")(theirs)
    files = write(tmp_path, base=base(), ours=ours, theirs=theirs)
    done = CliRunner().invoke(cli, ["merge", *files])
    assert (done.exit_code, done.output) == (0, "")
    merged = json.loads((tmp_path / "ours").read_text())
    assert (merged["nodes"]["hold"]["options"]["setpoint"], "a" in merged["nodes"]) == (200, True)
    option("hold", "setpoint", 190)(theirs)
    write(tmp_path, ours=ours, theirs=theirs)
    done = CliRunner().invoke(
        cli, ["merge", *files, "--json", "--name", "flows/oven.json", "-o", str(tmp_path / "out")]
    )
    assert done.exit_code == 1
    assert json.loads(done.stdout)["conflicts"][0]["property"] == "options.setpoint"
    assert "flows/oven.json: conflict: node hold, options.setpoint: ours 200, theirs 190" in done.stderr
    assert json.loads((tmp_path / "out").read_text())["nodes"]["hold"]["options"]["setpoint"] == 200
    done = CliRunner().invoke(cli, ["merge", *files, "-o", "-"])
    assert json.loads(done.stdout)["name"] == "oven"


@pytest.mark.parametrize("broken", ["base", "ours", "theirs"])
def test_what_is_no_json_is_named_and_nothing_is_written(tmp_path: Path, broken: str) -> None:
    files = write(tmp_path, **{"base": base(), "ours": base(), "theirs": base(), broken: "<<<<<<< {"})
    before = (tmp_path / "ours").read_text()
    done = CliRunner().invoke(cli, ["merge", *files])
    assert done.exit_code == 2
    assert f"({broken})" in done.stderr
    assert (tmp_path / "ours").read_text() == before


def test_git_uses_it_as_its_merge_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    def git(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", "-C", str(tmp_path), *arguments], check=check, capture_output=True, text=True, timeout=60
        )

    git("init", "--quiet", "--initial-branch=main")
    git("config", "user.name", "Ines")
    git("config", "user.email", "ines@plant.example")
    git("config", "merge.flowengine.driver", f"{sys.executable} -m flowengine merge --name %P %O %A %B")
    (tmp_path / ".gitattributes").write_text("*.json merge=flowengine\n")
    write(tmp_path, **{"oven.json": base()})
    git("add", ".")
    git("commit", "--quiet", "-m", "begin")
    git("checkout", "--quiet", "-b", "theirs")
    theirs = base()
    add("b", {"from": "hold", "to": "b"})(theirs)
    write(tmp_path, **{"oven.json": theirs})
    git("commit", "--quiet", "-am", "theirs")
    git("checkout", "--quiet", "main")
    ours = base()
    add("a", {"from": "hold", "to": "a"})(ours)
    write(tmp_path, **{"oven.json": ours})
    git("commit", "--quiet", "-am", "ours")
    git("merge", "--quiet", "-m", "merged", "theirs")
    assert {"a", "b"} < set(json.loads((tmp_path / "oven.json").read_text())["nodes"])
    git("checkout", "--quiet", "theirs")
    option("hold", "setpoint", 1)(theirs)
    write(tmp_path, **{"oven.json": theirs})
    git("commit", "--quiet", "-am", "theirs again")
    git("checkout", "--quiet", "main")
    option("hold", "setpoint", 2)(ours)
    write(tmp_path, **{"oven.json": ours})
    git("commit", "--quiet", "-am", "ours again")
    done = git("merge", "theirs", check=False)
    assert done.returncode == 1
    assert "oven.json: conflict: node hold, options.setpoint: ours 2, theirs 1" in done.stderr + done.stdout
    assert json.loads((tmp_path / "oven.json").read_text())["nodes"]["hold"]["options"]["setpoint"] == 2
