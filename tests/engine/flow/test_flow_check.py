from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from flowengine.flow import check_nodes
from flowengine.flow.check import check_project
from flowengine.flow.file import FlowFile
from flowengine.flow.model import ConnectionSpec
from flowengine.flow.problem import Problem
from flowengine.flow.project import Project
from flowengine.registry import Registry
from tests.steps import growth

Check = Callable[..., list[Problem]]

DEVICE = {"oven": {"type": "test/device", "options": {"host": "h"}}}


def one(problems: list[Problem]) -> Problem:
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def test_a_sound_flow_has_no_problems(check: Check) -> None:
    flow = {
        "name": "main",
        "connections": DEVICE,
        "nodes": {
            "read": {"type": "test/read", "options": {"connection": "oven"}},
            "scale": {"type": "test/scale"},
            "write": {"type": "test/write", "options": {"connection": "oven"}},
        },
        "wires": [{"from": "read", "to": "scale"}, {"from": "scale.out", "to": "write.in"}],
        "layout": {"read": [1, 2]},
    }
    assert check(flow) == []


def test_a_problem_is_one_line_with_file_line_node_path_and_hint(check: Check) -> None:
    problem = one(check({"nodes": {"t": {"type": "test/tick", "options": {"onse": True}}}})[1:])
    assert str(problem) == (
        "main.json:7: error: there is no option 'onse' [node t, $.nodes.t.options.onse] - did you mean 'once'?"
    )
    assert problem.as_dict() == {
        "severity": "error",
        "code": "unknown-option",
        "message": "there is no option 'onse'",
        "file": "main.json",
        "line": 7,
        "path": "$.nodes.t.options.onse",
        "node": "t",
        "hint": "did you mean 'once'?",
    }


def test_every_problem_is_found_at_once(check: Check) -> None:
    flow = {
        "connections": {"oven": {"type": "test/device", "options": {"port": 0}}},
        "nodes": {
            "a": {"type": "test/read", "options": {"connection": "ovn", "address": -1}},
            "b": {"type": "test/scael"},
            "c": {"type": "test/write"},
        },
        "wires": [{"from": "a", "to": "d"}, {"from": "a.value", "to": "c"}, {"from": "c", "to": "a"}],
    }
    found = [(p.code, p.path) for p in check(flow) if p.severity == "error"]
    assert sorted(found) == [
        ("bad-value", "$.connections.oven.options.port"),
        ("bad-value", "$.nodes.a.options.address"),
        ("missing-option", "$.connections.oven.options"),
        ("no-port", "$.wires[2].from"),
        ("no-port", "$.wires[2].to"),
        ("unknown-connection", "$.nodes.a.options.connection"),
        ("unknown-node", "$.wires[0].to"),
        ("unknown-port", "$.wires[1].from"),
        ("unknown-type", "$.nodes.b.type"),
    ]


@pytest.mark.parametrize(
    ("data", "code", "path", "words"),
    [
        ("[]", "bad-form", "$", "must be an object, not an empty list"),
        ("3", "bad-form", "$", "must be an object, not 3"),
        ("{}", "not-a-flow", "$", "'flowengine' is missing"),
        ('{"nodes": {}}', "missing-key", "$", "'flowengine' is missing"),
        ('{"flowengine": 2}', "newer-version", "$.flowengine", "version 2"),
        ('{"flowengine": 1, "nodes": []}', "bad-form", "$.nodes", "must be an object"),
        ('{"flowengine": 1, "wires": {}}', "bad-form", "$.wires", "must be a list"),
        ('{"flowengine": 1, "noeds": {}}', "unknown-key", "$.noeds", "did you mean 'nodes'?"),
        ('{"flowengine": 1, "nodes": {"a b": {"type": "x/y"}}}', "bad-name", '$.nodes["a b"]', "such as 'a-b'"),
        ('{"flowengine": 1, "nodes": {"a\\n": {"type": "x/y"}}}', "bad-name", '$.nodes["a\n"]', "is not a name"),
        ('{"flowengine": 1, "nodes": {"a": {}}}', "missing-key", "$.nodes.a", "'type' is missing"),
        ('{"flowengine": 1, "wires": [{"from": "a"}]}', "missing-key", "$.wires[0]", "'to' is missing"),
        (
            '{"flowengine": 1, "wires": [{"from": "a", "to": "b.c.d"}]}',
            "bad-form",
            "$.wires[0].to",
            "node or node.port",
        ),
        ('{"flowengine": 1, "name": "a/b"}', "bad-form", "$.name", "does not match"),
        ('[{"id": "1", "wires": [[]]}]', "node-red-flow", "$", "import nodered"),
        (
            '{"flowengine": 1, "wires": [{"from": "a", "to": "b", "queue": {"full": "dorp-oldest"}}]}',
            "bad-form",
            "$.wires[0].queue.full",
            "did you mean 'drop-oldest'?",
        ),
    ],
)
def test_a_file_of_another_form_is_said_to_be_so(check: Check, data: str, code: str, path: str, words: str) -> None:
    problem = one(check(data))
    assert (problem.code, problem.path) == (code, path)
    assert words in str(problem)


def test_a_node_id_that_is_there_twice_is_an_error_with_the_second_ones_line(check: Check) -> None:
    text = '{"flowengine": 1, "nodes": {\n"a": {"type": "test/show"},\n"a": {"type": "test/tick"}}}'
    problem = next(p for p in check(text) if p.severity == "error")
    assert (problem.code, problem.line) == ("duplicate-key", 3)


def test_a_connection_of_the_wrong_kind_is_refused_and_one_of_a_kind_of_it_fits(check: Check) -> None:
    flow = {
        "connections": {"b": {"type": "test/broker"}, "f": {"type": "test/fast-device", "options": {"host": "h"}}},
        "nodes": {
            "x": {"type": "test/write", "options": {"connection": "b"}},
            "y": {"type": "test/write", "options": {"connection": "f"}},
        },
    }
    problem = one([p for p in check(flow) if p.severity == "error"])
    assert problem.code == "wrong-connection"
    assert "connection 'b' is of type 'test/broker', this needs 'test/device'" in problem.message


def test_nodes_among_connections_and_connections_among_nodes_are_told_apart(check: Check) -> None:
    flow = {"connections": {"x": {"type": "test/tick"}}, "nodes": {"y": {"type": "test/device"}}}
    found = {p.code: p.hint for p in check(flow)}
    assert found["not-a-connection"] == "place it under nodes"
    assert found["not-a-node"] == "place it under connections"


def test_what_the_node_itself_says_about_its_options_is_shown(check: Check) -> None:
    flow = {
        "nodes": {
            "s": {"type": "test/scale", "options": {"low": 3, "high": 2}},
            "r": {"type": "test/rotten", "options": {"depth": 1}},
        }
    }
    refused, broken = (p for p in check(flow) if p.severity == "error")
    assert (refused.code, refused.path) == ("refused-option", "$.nodes.s.options.low")
    assert "low must be below high" in refused.message
    assert broken.code == "broken-node"
    assert "ZeroDivisionError" in broken.message


@pytest.mark.parametrize("value", ["hunter2", "x${secret:api}", "${TOKEN}", "${TOKEN:-hunter2}"])
def test_a_secret_in_clear_is_an_error(check: Check, value: str) -> None:
    flow = {"nodes": {"a": {"type": "test/ask", "options": {"token": value}}}}
    problem = one([p for p in check(flow) if p.severity == "error"])
    assert (problem.code, problem.path) == ("secret-in-clear", "$.nodes.a.options.token")
    assert "hunter2" not in str(problem)
    assert "${secret:token}" in problem.hint


def test_a_secret_is_found_in_nested_options_too(check: Check) -> None:
    flow = {
        "nodes": {
            "t": {"type": "test/tick"},
            "l": {"type": "test/limits", "options": {"ranges": {"r": {"least": 0, "most": 1, "secret": "clear"}}}},
            "s": {"type": "test/show"},
        },
        "wires": [{"from": "t", "to": "l"}, {"from": "l", "to": "s"}],
    }
    assert one(check(flow)).path == "$.nodes.l.options.ranges.r.secret"


@pytest.mark.parametrize("secret", ["wrong-and-very-long-secret", "wrong'\"\\quotes", "wrongé"])
def test_the_value_of_a_secret_is_in_no_problem(check: Check, secret: str) -> None:
    flow = {
        "nodes": {
            "a": {"type": "test/ask", "options": {"token": "${secret:api}"}},
            "b": {"type": "test/ask", "options": {"pin": "${secret:pin}"}},
            "c": {"type": "test/limits", "options": {"mode": "${secret:api}", "ranges": {"r": "${secret:api}"}}},
            "d": {"type": "test/read", "options": {"connection": "c", "address": "${secret:api}"}},
        }
    }
    found = check(flow, {}, {"api": secret, "pin": "123"}.get)
    assert [p.code for p in found if p.severity == "error"]
    text = "\n".join(map(str, found))
    assert secret not in text
    assert secret[:6] not in text
    assert "123" not in text


def test_no_value_of_a_secret_is_remembered_from_one_check_to_the_next(check: Check) -> None:
    flow = {"nodes": {"a": {"type": "test/ask", "options": {"token": "${secret:api}"}}}}
    assert check(flow, {}, {"api": "right-and-very-long"}.get) == check(flow, {}, {"api": "right-too"}.get)
    remembered = [*check_nodes._KNOWN._verdicts, *check_nodes._KNOWN._sound]
    assert not [key for _, key in remembered if b"right" in key]


def test_a_node_is_heard_again_when_its_options_are_others(check: Check) -> None:
    def flow(token: str) -> Any:
        return {"nodes": {"a": {"type": "test/ask", "options": {"token": token}}}}

    for _ in range(2):
        assert "refused-option" not in [problem.code for problem in check(flow("${T}"), {"T": "good"})]
        assert "refused-option" in [problem.code for problem in check(flow("${T}"), {"T": "wrong"})]


def test_references_are_not_judged_where_their_values_are_not_known(check: Check) -> None:
    flow = {
        "connections": {
            "d": {"type": "test/device", "options": {"host": "${H}", "port": "${P}", "password": "${secret:p}"}}
        },
        "nodes": {"w": {"type": "test/write", "options": {"connection": "d"}}},
    }
    assert [p.code for p in check(flow)] == ["unreachable"]
    assert {p.code for p in check(flow, {"H": "h", "P": "70000"})} == {"unreachable", "bad-value"}
    assert {p.code for p in check(flow, {"H": "h"}, lambda name: None)} == {
        "unreachable",
        "missing-variable",
        "missing-secret",
    }


def test_a_fault_in_the_flows_own_environment_is_said(check: Check) -> None:
    problem = one(check({"environment": {"A": "${B}"}}, {}))
    assert (problem.code, problem.path) == ("missing-variable", "$.environment.A")


def test_ports_that_depend_on_options_are_those_of_the_options(check: Check) -> None:
    flow = {
        "nodes": {
            "t": {"type": "test/tick"},
            "s": {"type": "test/switch", "options": {"ways": ["hot", "cold"]}},
            "end": {"type": "test/show"},
        },
        "wires": [{"from": "t", "to": "s"}, {"from": "s.hot", "to": "end"}, {"from": "s.warm", "to": "end"}],
    }
    problem = one(check(flow))
    assert problem.message == "'s' has no output 'warm'"
    assert problem.hint == "its outputs are: hot, cold, error"


def test_ports_whose_payloads_cannot_fit_are_an_error(check: Check) -> None:
    flow = {
        "nodes": {"t": {"type": "test/tick"}, "x": {"type": "test/text"}, "w": {"type": "test/write"}},
        "wires": [{"from": "t", "to": "x"}, {"from": "x", "to": "w"}, {"from": "x.error", "to": "w"}],
    }
    problem = one(check(flow))
    assert (problem.code, problem.path) == ("payload-mismatch", "$.wires[1]")
    assert problem.message == "'x.out' sends text, but 'w.in' takes a number"


def test_two_equal_wires_are_worth_a_warning_however_they_are_written(check: Check) -> None:
    flow = {
        "nodes": {"t": {"type": "test/tick"}, "s": {"type": "test/show"}},
        "wires": [{"from": "t", "to": "s"}, {"from": "t.out", "to": "s.in"}],
    }
    problem = one(check(flow))
    assert (problem.severity, problem.code, problem.path) == ("warning", "duplicate-wire", "$.wires[1]")


def test_every_node_of_a_loop_is_named_and_a_feedback_wire_is_the_way_out(check: Check) -> None:
    flow: dict[str, Any] = {
        "nodes": {"t": {"type": "test/tick"}, **{key: {"type": "test/add"} for key in "abc"}},
        "wires": [
            {"from": "t", "to": "a"},
            {"from": "a", "to": "b"},
            {"from": "b", "to": "c"},
            {"from": "c", "to": "a.second"},
        ],
    }
    problem = one(check(flow))
    assert problem.code == "loop"
    assert {"a", "b", "c"} <= set(problem.message.split())
    assert "feedback" in problem.hint
    flow["wires"][3]["feedback"] = {"initial": 0}
    assert check(flow) == []


def test_nodes_that_no_source_reaches_and_messages_that_go_nowhere_are_worth_a_warning(check: Check) -> None:
    flow = {
        "nodes": {
            "t": {"type": "test/tick"},
            "alone": {"type": "test/add"},
            "end": {"type": "test/show"},
            "ask": {"type": "test/ask"},
        },
        "wires": [{"from": "t", "to": "ask"}],
    }
    found = check(flow)
    assert all(p.severity == "warning" for p in found)
    assert {(p.code, p.node) for p in found} == {
        ("unreachable", "alone"),
        ("dead-end", "alone"),
        ("unreachable", "end"),
    }


def test_what_an_operator_sees_may_end_a_way(check: Check) -> None:
    nodes = {"t": {"type": "test/tick"}, "lamp": {"type": "test/lamp"}}
    assert check({"nodes": nodes, "wires": [{"from": "t", "to": "lamp"}]}) == []


def test_disabled_nodes_are_checked_but_keep_nothing_from_running(check: Check) -> None:
    flow = {
        "nodes": {
            "a": {"type": "gone/gone", "disabled": True},
            "b": {"type": "test/scale", "disabled": True, "options": {"gian": 1}},
        }
    }
    assert [(p.severity, p.code) for p in check(flow)] == [("warning", "unknown-type"), ("warning", "unknown-option")]


def test_a_project_is_checked_as_a_whole(registry: Registry, flow_of: Callable[..., FlowFile]) -> None:
    project = Project.of(
        flow_of({"nodes": {"a": {"type": "test/tik"}}}, "one"),
        flow_of("{", "two"),
        connections={"c": ConnectionSpec(type="test/device", options={"hst": 1})},
    )
    found = {(p.file, p.code) for p in check_project(project, registry)}
    assert found == {
        ("connections.json", "unknown-option"),
        ("connections.json", "missing-option"),
        ("one.json", "unknown-type"),
        ("two.json", "not-json"),
    }


def test_more_problems_than_anyone_reads_are_counted_only(check: Check) -> None:
    found = check({"nodes": {f"n{i}": {"type": "no/thing"} for i in range(3000)}})
    assert len(found) == 1001
    assert found[-1].message == "and 2000 more errors, which are not listed"


def test_each_of_many_broken_nodes_is_checked_as_soon_as_one_of_few(check: Check) -> None:
    numbers = itertools.count()  # none is checked twice: the second time might be easier

    def broken(count: int) -> int:
        nodes = (f"n{i}" for i in range(count))
        return len(check({"nodes": {n: {"type": "test/tick", "options": {"every": -next(numbers)}} for n in nodes}}))

    assert growth(broken, 100, 400) < 1.1
    assert broken(10_000) == 2002


def test_groups_and_notes_in_the_layout_are_no_business_of_the_check(check: Any) -> None:
    layout = {"a": [1, 2], "$group:x": {"nodes": ["a", "gone"]}, "$note:n": {"at": [0, 0], "text": "..."}}
    assert check({"flowengine": 1, "nodes": {}, "layout": layout}) == []
