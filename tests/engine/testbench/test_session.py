"""The testbench as a user's test speaks with it: JSON lines in, JSON lines out."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.engine.testbench.conftest import Session


def flow(*wires: str, **nodes: Any) -> dict[str, Any]:
    """Return a flow: nodes by id (a type, or a whole node), wires as "a > b"."""
    return {
        "flowengine": 1,
        "name": "bench",
        "nodes": {
            key.replace("_", "-"): {"type": f"bench/{n}"} if isinstance(n, str) else n for key, n in nodes.items()
        },
        "wires": [dict(zip(("from", "to"), wire.split(" > "), strict=True)) for wire in wires],
    }


CHAIN = flow("scale > sink", scale="scale", sink="sink")


def test_ready_comes_once_and_soon(fresh: Session) -> None:
    session, ready = fresh, fresh.next()
    assert (ready["event"], ready["engine"]) == ("ready", "flowengine")
    assert ready["version"]
    session.send("ping", req=1)
    assert session.next() == {"event": "reply", "req": 1, "value": "pong"}
    session.send("quit")
    assert session.close() == 0


def test_the_end_of_the_input_is_the_end_of_the_session(fresh: Session) -> None:
    fresh.load(CHAIN)
    assert fresh.close() == 0


def test_a_message_is_seen_at_tapped_nodes_before_they_handle_it(session: Session) -> None:
    assert session.load(CHAIN, tap=["scale", "sink"]) == {"event": "loaded", "nodes": 2}
    began = time.time()
    session.send("inject", node="scale", msg={"payload": 4, "topic": "oven", "unit": "degC"})
    first, second = session.next("msg"), session.next("msg")
    assert (first["node"], second["node"]) == ("scale", "sink")
    assert first["msg"]["payload"] == 4
    assert first["msg"]["id"]
    assert second["msg"] == {**first["msg"], "payload": 8}
    assert second["msg"]["unit"] == "degC"
    assert first["t"] <= second["t"]
    assert began * 1000 - 1 <= first["t"] <= time.time() * 1000 + 1


def test_only_what_is_tapped_is_seen(session: Session) -> None:
    session.load(CHAIN, tap=["sink"])
    session.send("inject", node="scale", msg={"payload": 4})
    assert session.messages(1) == [("sink", 8)]
    session.send("ping")
    assert session.next()["event"] == "reply"


def test_commands_are_handled_in_order(session: Session) -> None:
    session.load(CHAIN, tap=["sink"])
    for number in range(200):
        session.send("inject", node="scale", msg={"payload": number})
    session.send("ping", req="end")
    assert session.messages(200) == [("sink", 2 * number) for number in range(200)]
    assert session.next() == {"event": "reply", "req": "end", "value": "pong"}


def test_a_port_can_be_named(session: Session) -> None:
    session.load(flow("count > sink", count="count", sink="sink"), tap=["sink"])
    session.send("inject", node="count.reset", msg={"payload": "again"})
    assert session.messages(1) == [("sink", "again")]
    session.send("inject", node="count.nothing", msg={})
    assert session.next()["code"] == "no-node"


def test_a_failed_message_is_logged_with_its_node(session: Session) -> None:
    session.load(CHAIN)
    session.send("inject", node="scale", msg={"payload": "hot"})
    while (event := session.next("log"))["level"] != "error":
        pass
    assert (event["node"], event["type"]) == ("scale", "bench/scale")
    assert "a number was expected, not 'hot'" in event["text"]


def test_log_and_status_are_events_and_prints_are_not(fresh: Session) -> None:
    session = fresh
    session.load(CHAIN)
    session.send("inject", node="scale", msg={"payload": 1})
    log, status = session.next("log"), session.next("status")
    assert log == {
        "event": "log",
        "level": "info",
        "node": "scale",
        "type": "bench/scale",
        "name": "scale",
        "text": "scaled",
    }
    assert status["status"] == {"fill": "green", "shape": "dot", "text": "1"}
    assert session.close() == 0
    assert b"this must not disturb the session" in b"".join(session.errors)


def test_virtual_time_stands_still_until_it_is_moved_on(session: Session) -> None:
    session.load(
        flow("tick > sink", tick={"type": "bench/tick", "options": {"interval": 60}}, sink="sink"),
        tap=["sink"],
        clock="virtual",
    )
    session.send("ping", req=1)
    seen = session.next()
    if seen["event"] == "msg":  # the first tick comes at once
        assert session.next()["event"] == "reply"
    session.send("advance", seconds=3600, req=2)
    payloads = []
    while (event := session.next())["event"] == "msg":
        payloads.append(event["msg"]["payload"])
    assert payloads[-60:] == list(range(1, 61))
    assert event == {"event": "reply", "req": 2, "value": 3600.0}


def test_delays_keep_their_time_on_the_real_clock(session: Session) -> None:
    session.load(flow("later > sink", later="later", sink="sink"), tap=["later", "sink"])
    session.send("inject", node="later", msg={"payload": 1})
    first, second = session.next("msg"), session.next("msg")
    assert 290 <= second["t"] - first["t"] <= 700  # 300 ms asked for; CI machines are slow


def test_sources_run_for_real(session: Session) -> None:
    session.load(
        flow("tick > sink", tick={"type": "bench/tick", "options": {"interval": 0.05}}, sink="sink"), tap=["sink"]
    )
    assert session.messages(3) == [("sink", 0), ("sink", 1), ("sink", 2)]
    session.send("inject", node="tick", msg={"payload": "mine"})
    while session.messages(1) != [("sink", "mine")]:
        pass


def test_a_disabled_node_can_be_tapped_and_does_nothing(session: Session) -> None:
    off = {"type": "bench/scale", "disabled": True}
    loaded = session.load(flow("scale > off", "off > sink", scale="scale", off=off, sink="sink"), tap=["off", "sink"])
    assert loaded["nodes"] == 2
    session.send("inject", node="scale", msg={"payload": 1})
    assert session.messages(1) == [("off", 2)]
    session.send("inject", node="off", msg={"payload": 7})
    assert session.messages(1) == [("off", 7)]
    session.send("ping")
    assert session.next()["event"] == "reply"


def test_a_disabled_node_of_an_unknown_type_does_not_matter(session: Session) -> None:
    off = {"type": "nobody/knows", "disabled": True}
    loaded = session.load(flow("scale > off", scale="scale", off=off), tap=["off"])
    assert loaded["event"] == "loaded", loaded
    session.send("inject", node="scale", msg={"payload": 1})
    assert session.messages(1) == [("off", 2)]


def test_an_instance_of_a_subflow_can_be_tapped_and_given_messages(session: Session) -> None:
    double = {
        "flowengine": 1,
        "name": "double",
        "subflow": {"inputs": {"in": ["scale"]}, "outputs": {"out": ["scale"]}},
        "nodes": {"scale": {"type": "bench/scale"}},
    }
    outer = flow("zone > sink", zone={"type": "flow/double"}, sink="sink")
    loaded = session.load(outer, siblings=[double], tap=["zone", "zone/scale", "sink"])
    assert loaded["event"] == "loaded", loaded
    session.send("inject", node="zone", msg={"payload": 4})
    assert session.messages(3) == [("zone", 4), ("zone/scale", 4), ("sink", 8)]


def test_async_transforms_and_both_ports_of_a_split_work(session: Session) -> None:
    wires = ("fetch > split", "split.low > low", "split.high > high")
    session.load(flow(*wires, fetch="fetch", split="split", low="sink", high="sink"), tap=["low", "high"])
    for payload in (3, 9):
        session.send("inject", node="fetch", msg={"payload": payload})
        assert session.messages(1) == [("high" if payload > 5 else "low", payload)]


def test_values_that_json_does_not_have(session: Session) -> None:
    session.load(flow("odd > sink", odd="odd", sink="sink"), tap=["odd", "sink"])
    session.send("inject", node="odd", msg={"payload": {"type": "Buffer", "data": [0, 255]}})
    given, made = session.next("msg")["msg"], session.next("msg")["msg"]
    assert given["payload"] == {"type": "Buffer", "data": [0, 255]}
    assert made["payload"] == {"type": "Buffer", "data": [1, 2]}
    assert (made["at"], made["loop"], made["nan"]) == ("2026-01-01T00:00:00Z", {"loop": "[Circular]"}, None)
    assert "req" not in made
    assert "res" not in made


def test_context_is_shared_with_the_nodes(session: Session) -> None:
    session.load(flow("count > sink", count="count", sink="sink"), tap=["sink"])
    session.send("context", action="set", scope="flow", node="sink", key="count", value=10)
    session.send("context", action="set", scope="global", key="count", value=100)
    session.send("inject", node="count", msg={})
    assert session.messages(1) == [("sink", [1, 11, 101])]
    for scope, value in (("node", 1), ("flow", 11), ("global", 101)):
        session.send("context", action="get", scope=scope, node="count", key="count", req=scope)
        assert session.next() == {"event": "reply", "req": scope, "value": value}
    session.send("context", action="keys", scope="flow", node="count", req=1)
    assert session.next()["value"] == ["count"]
    session.send("context", action="get", scope="flow", node="count", key="count.deep", req=2)
    assert session.next() == {"event": "reply", "req": 2, "undef": True}


def test_context_stores_are_apart_and_the_first_is_the_default(session: Session) -> None:
    session.load(CHAIN, stores=["memory", "file"])
    session.send("context", action="set", scope="flow", key="a", value=1)
    session.send("context", action="set", scope="flow", key="a", value=2, store="file")
    answers = []
    for store in (None, "memory", "file"):
        session.send("context", action="get", scope="flow", key="a", store=store)
        answers.append(session.next()["value"])
    assert answers == [1, 1, 2]
    session.send("context", action="get", scope="flow", key="a", store="disk")
    assert session.next()["code"] == "failed"


def test_a_load_forgets_all_context(session: Session) -> None:
    session.load(CHAIN)
    session.send("context", action="set", scope="global", key="a", value=1)
    session.load(CHAIN)
    session.send("context", action="get", scope="global", key="a")
    assert session.next()["undef"] is True


def test_env_is_set_for_one_flow_only(session: Session) -> None:
    node = {"type": "bench/variable", "options": {"option": "${BENCH:-none}"}}
    bench = flow("variable > sink", variable=node, sink="sink")
    for env, seen in (({"BENCH": "a"}, ["a", "a"]), ({"BENCH": None}, ["none", None]), ({}, ["none", None])):
        session.load(bench, env=env, tap=["sink"])
        session.send("inject", node="variable", msg={})
        assert session.messages(1) == [("sink", seen)]


def test_env_stands_before_the_variables_of_the_flow(session: Session) -> None:
    node = {"type": "bench/variable", "options": {"option": "${BENCH}"}}
    bench = {**flow("variable > sink", variable=node, sink="sink"), "environment": {"BENCH": "own"}}
    session.load(bench, env={"BENCH": "mine"}, tap=["sink"])
    session.send("inject", node="variable", msg={})
    assert session.messages(1) == [("sink", ["mine", "mine"])]


def test_credentials_are_the_secrets_of_the_flow(session: Session) -> None:
    node = {"type": "bench/variable", "options": {"option": "${secret:key}"}}
    session.load(flow("variable > sink", variable=node, sink="sink"), credentials={"key": "hush"}, tap=["sink"])
    session.send("inject", node="variable", msg={})
    assert session.messages(1) == [("sink", ["hush", None])]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"rubbish", "bad-json"),
        (b"\xff\xfe", "bad-json"),
        (b'{"op": "ping", "x": NaN}', "bad-json"),
        (b"[" * 100_000, "bad-json"),
        (b"[1]", "bad-op"),
        (b"null", "bad-op"),
        (b"{}", "bad-op"),
        (b'{"op": 3}', "bad-op"),
        (b'{"op": "explode"}', "bad-op"),
        (b'{"op": "inject", "node": 3, "msg": {}}', "bad-op"),
        (b'{"op": "inject", "node": "scale", "msg": 3}', "bad-op"),
        (b'{"op": "inject", "node": "scale", "msg": {"quality": "so so"}}', "failed"),
        (b'{"op": "inject", "node": "nobody", "msg": {}}', "no-node"),
        (b'{"op": "context", "action": "burn", "scope": "flow"}', "bad-op"),
        (b'{"op": "context", "action": "get", "scope": "node", "node": "nobody", "key": "a"}', "no-node"),
        (b'{"op": "context", "action": "get", "scope": "flow", "key": "..a"}', "failed"),
        (b'{"op": "advance", "seconds": 1}', "bad-op"),
        (b'{"op": "advance", "seconds": -1}', "bad-op"),
    ],
)
def test_the_session_survives_rubbish(session: Session, line: bytes, code: str) -> None:
    session.load(CHAIN, tap=["sink"])
    session.write(line)
    error = session.next()
    assert (error["event"], error["code"]) == ("error", code)
    assert error["message"]
    session.send("inject", node="scale", msg={"payload": 1})
    assert session.messages(1) == [("sink", 2)]


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({}, "bad-op", "'flow' must be"),
        ({"flow": 3}, "bad-op", "'flow' must be"),
        ({"flow": {}}, "bad-flow", "not a flow"),
        ({"flow": CHAIN, "clock": "sundial"}, "bad-op", "real, virtual"),
        ({"flow": CHAIN, "tap": ["nobody"]}, "no-node", "nobody"),
        ({"flow": CHAIN, "tap": "sink"}, "bad-op", "'tap'"),
        ({"flow": CHAIN, "env": [1]}, "bad-op", "'env'"),
        ({"flow": flow(x="unheard-of")}, "unsupported", "bench/unheard-of"),
        ({"flow": flow("a > b", a="scale")}, "bad-flow", "there is no node 'b'"),
        ({"flow": flow(a={"type": "bench/scale", "options": {"gain": "x"}})}, "bad-flow", "must be a number"),
        ({"flow": flow(a="cannot-start")}, "failed", "port 502 is taken"),
        ({"flows": [{"id": "1", "type": "tab"}, {"id": "2", "type": "x y", "z": "1", "x": 1}]}, "unsupported", "x y"),
        ({"flow": [{"id": "2", "type": "xy", "x": 1}, {"id": "3", "type": "xy", "x": 1}]}, "unsupported", "xy"),
        ({"flows": [1]}, "bad-flow", "list of objects"),
    ],
)
def test_a_flow_that_cannot_be_loaded_is_refused(session: Session, fields: Any, code: str, words: str) -> None:
    session.load(CHAIN)
    session.send("load", **fields)
    error = session.next()
    assert (error["event"], error["code"]) == ("error", code)
    assert words in error["message"]
    if code == "unsupported":
        assert error["unsupported"] == [words]
    session.send("inject", node="scale", msg={"payload": 1})
    assert session.next()["code"] == "failed"  # the flow before was stopped
    assert session.load(CHAIN)["event"] == "loaded"


def test_unload_stops_the_flow(session: Session) -> None:
    session.load(
        flow("tick > sink", tick={"type": "bench/tick", "options": {"interval": 0.01}}, sink="sink"), tap=["sink"]
    )
    session.messages(2)
    session.send("unload")
    while (event := session.next())["event"] == "msg":
        pass
    assert event["event"] == "unloaded"
    session.send("ping")
    assert session.next()["event"] == "reply"
    session.send("unload")
    assert session.next()["event"] == "unloaded"


def test_one_session_serves_many_rounds_on_either_clock(session: Session) -> None:
    for number in range(6):
        session.load(CHAIN, tap=["sink"], clock=("real", "virtual")[number % 2])
        session.send("inject", node="scale", msg={"payload": number})
        assert session.messages(1) == [("sink", 2 * number)]


def test_what_never_stops_is_given_up_in_time(fresh: Session) -> None:
    session = fresh
    session.load(flow(stuck="never-stops"))
    session.send("unload")
    assert "the flow did not stop within 2.2 s" in session.next("log")["text"]
    assert session.next()["event"] == "unloaded"
    assert session.load(CHAIN)["event"] == "loaded"
    session.send("quit")
    assert session.close() == 0


def test_what_never_starts_is_given_up_in_time(session: Session) -> None:
    session.load(CHAIN)
    error = session.load(flow(stuck="never-starts"), clock="virtual")
    assert (error["event"], error["code"]) == ("error", "failed")
    assert session.load(CHAIN)["event"] == "loaded"
