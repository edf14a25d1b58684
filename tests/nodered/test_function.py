# ruff: noqa: E501 - a flow reads better with a node on a line
"""JavaScript functions: within limits, in nobody's way, fast enough."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flowengine.nodered.conversion import convert
from flowengine.registry import Registry
from flowengine_nodes.nodered.script.engine import MEMORY, Script, ScriptError
from flowengine_nodes.nodered.script.zones import changes
from tests.nodered.comparing import Bench

TAB = {"id": "f", "type": "tab", "label": "t"}


def function(code: str, id: str = "n", **more: Any) -> dict[str, Any]:
    return {"id": id, "z": "f", "type": "function", "func": code, "outputs": 1, "wires": [["h"]], **more}


def flow(*nodes: dict[str, Any]) -> list[dict[str, Any]]:
    return [TAB, *nodes, {"id": "h", "z": "f", "type": "junction", "wires": []}]


def loaded(bench: Bench, flows: list[dict[str, Any]], **more: Any) -> None:
    bench.send(op="load", flows=flows, tap=["h"], clock="virtual", **more)
    assert list(bench.until("loaded", "error"))[-1]["event"] == "loaded"


def given(bench: Bench, node: str, msg: dict[str, Any], seconds: float = 0.01) -> list[dict[str, Any]]:
    bench.send(op="inject", node=node, msg=msg)
    bench.send(op="advance", seconds=seconds, req=1)
    return list(bench.until("reply"))[:-1]


def test_an_endless_loop_ends_with_an_error_of_its_node_and_others_go_on(bench: Bench) -> None:
    loaded(bench, flow(function("while (true) {}", timeout=0.05), function("return msg", "other")))
    (failed,) = given(bench, "n", {"payload": 1})
    assert (failed["event"], failed["node"], failed["level"]) == ("log", "n", "error")
    assert failed["text"] == "Error: Script execution timed out after 50ms"
    (arrived,) = given(bench, "other", {"payload": 2})
    assert arrived["msg"]["payload"] == 2


def test_a_regular_expression_that_never_ends_is_stopped_too() -> None:
    with pytest.raises(ScriptError, match="timed out"):
        Script("return /^(a+)+$/.test('a'.repeat(40) + 'b')", "", "", 0.05).run({})


def test_a_call_after_one_that_ran_away_has_less_time_until_one_ends_by_itself() -> None:
    script = Script("while (msg.ms && Date.now() - msg.at < msg.ms) {} return msg", "", "", 0.2, 0.02)
    for within in ("200ms", "20ms"):
        with pytest.raises(ScriptError, match=within):
            script.run({"ms": 60_000, "at": time.time() * 1000})
    for milliseconds in (0, 60):  # the second would have been too long
        assert script.run({"ms": milliseconds, "at": time.time() * 1000})[0][0] == "send"


def test_a_node_that_fails_over_its_limits_three_times_is_stopped(bench: Bench) -> None:
    loaded(bench, flow(function("while (msg.payload) {} return msg", timeout=0.02)))
    for _ in range(3):
        given(bench, "n", {"payload": 1})
    (failed,) = given(bench, "n", {"payload": 0})  # it would have come through
    assert "stopped after 3 failures" in failed["text"]


def test_a_gigabyte_ends_with_an_error_and_the_next_message_is_handled() -> None:
    script = Script(
        "if (msg.big) { msg.x = []; while (true) msg.x.push('x'.repeat(1e6) + msg.x.length); } return msg", "", "", 5
    )
    assert MEMORY < 1_000_000_000
    said = ""
    try:
        said = script.run({"_msgid": "1", "big": True})[0][1]
    except ScriptError as error:
        said = str(error)
    assert "memory" in said
    assert script.run({"_msgid": "2"}) == {"_msgid": "2"}


@pytest.mark.timed
def test_a_simple_function_handles_twenty_thousand_messages_a_second() -> None:
    script = Script("msg.payload = msg.payload * 1.8 + 32; return msg", "", "", 1)
    msg = {"_msgid": "1", "payload": 20.5, "topic": "oven"}
    best = 0.0
    for _ in range(5):
        began = time.process_time()
        for _ in range(2000):
            script.run(msg)
        best = max(best, 2000 / (time.process_time() - began))
    assert best > 20_000


def test_timers_run_in_the_flows_time_and_end_with_it(bench: Bench) -> None:
    loaded(bench, flow(function("let n = 0; setInterval(() => node.send({payload: ++n}), 1000);")))
    assert given(bench, "n", {}, 0.5) == []
    bench.send(op="advance", seconds=3, req=2)
    assert [each["msg"]["payload"] for each in bench.until("reply") if each["event"] == "msg"] == [1, 2, 3]


def test_the_code_before_the_first_message_is_done_before_it_comes(bench: Bench) -> None:
    code = function(
        "msg.payload = context.get('ready'); return msg",
        initialize="await new Promise((ok) => setTimeout(ok, 100)); context.set('ready', 'yes')",
    )
    loaded(bench, flow(code))
    (arrived,) = given(bench, "n", {"payload": 1}, 0.2)
    assert arrived["msg"]["payload"] == "yes"


def test_a_script_reaches_nothing_outside() -> None:
    names = ["require", "process", "fetch", "XMLHttpRequest", "WebAssembly.compile", "std", "os", "import.meta"]
    for name in names[:6]:
        found = Script(f"msg.payload = typeof {name.partition('.')[0]}; return msg", "", "", 1).run({"_msgid": "1"})
        assert found["payload"] == "undefined", name


def test_what_others_set_in_a_context_is_seen_and_what_it_sets_is_seen_by_others(bench: Bench) -> None:
    loaded(bench, flow(function("msg.payload = flow.get('x'); flow.set('y', {z: 1}); return msg")))
    bench.send(op="context", action="set", scope="flow", node="n", key="x", value=[1, {"a": 2}])
    (arrived,) = given(bench, "n", {})
    assert arrived["msg"]["payload"] == [1, {"a": 2}]
    bench.send(op="context", action="get", scope="flow", node="n", key="y.z", req=3)
    assert list(bench.until("reply"))[-1]["value"] == 1


def test_context_stores_are_kept_apart_and_the_first_is_the_default(bench: Bench) -> None:
    code = "flow.set('a', 1); flow.set('a', 2, 'disk'); msg.payload = [flow.get('a'), flow.get('a', 'memory'), flow.get('a', 'disk')]; return msg"
    loaded(bench, flow(function(code)), stores=["memory", "disk"])
    (arrived,) = given(bench, "n", {})
    assert arrived["msg"]["payload"] == [1, 1, 2]
    bench.send(op="context", action="get", scope="flow", node="n", key="a", store="disk", req=1)
    assert list(bench.until("reply"))[-1]["value"] == 2


def test_modules_that_cannot_be_had_are_named(bench: Bench) -> None:
    loaded(bench, flow(function("return msg", libs=[{"var": "fs", "module": "fs"}])))
    failed = given(bench, "n", {})[-1]
    assert failed["text"] == "modules cannot be used here: fs"


@pytest.mark.parametrize(
    ("expression", "given"),
    [
        ("new Date(1704445509000).toLocaleString(undefined, {timeZone: 'UTC'})", "1/5/2024, 9:05:09 AM"),
        ("new Date(1704445509000).toLocaleString('de-DE', {timeZone: 'UTC'})", "5.1.2024, 09:05:09"),
        ("new Date(1704445509000).toLocaleDateString('sv-SE', {timeZone: 'UTC'})", "2024-01-05"),
        ("new Date(1704445509000).toLocaleString('de-DE', {timeZone: 'Europe/Berlin'})", "5.1.2024, 10:05:09"),
        ("Intl.DateTimeFormat('fr', {dateStyle: 'full', timeZone: 'UTC'}).format(0)", "jeudi 1 janvier 1970"),
        ("(1234567.8915).toLocaleString()", "1,234,567.892"),
        ("(1234.5).toLocaleString('de-DE', {minimumFractionDigits: 2})", "1.234,50"),
        ("['ä', 'z', 'a', 'Z', 'A'].sort((a, b) => a.localeCompare(b)).join('')", "aAäzZ"),
        ("['a10', 'a2'].sort((a, b) => a.localeCompare(b, undefined, {numeric: true})).join()", "a2,a10"),
    ],
)
def test_dates_numbers_and_texts_are_written_and_put_in_order_as_a_language_does(expression: str, given: str) -> None:
    found = Script(f"msg.payload = {expression}; return msg", "", "", 1).run({"_msgid": "1"})
    assert found["payload"] == given


def test_a_time_zone_is_known_whose_name_stands_in_the_code_a_variable_a_context_or_the_message() -> None:
    code = (
        "msg.payload = [msg.zone, env.get('zone'), flow.get('zone'), 'Asia/' + 'Tokyo'].map((timeZone) => { try { "
        "return new Date(1720000000000).toLocaleTimeString('sv', {timeZone}) } catch (e) { return e.name } }); return msg"
    )
    script = Script(code, "", "", 1)
    script.know({"env": {"zone": "America/New_York"}})
    script.load("flow", "default", {"zone": "Australia/Lord_Howe"})
    assert script.run({"_msgid": "1", "zone": "Europe/Berlin"})["payload"] == [
        "11:46:40",
        "05:46:40",
        "20:16:40",
        "RangeError",
    ]


def test_the_changes_of_a_time_zone_are_those_of_zoneinfo() -> None:
    for name in ("Europe/Berlin", "America/New_York", "Africa/Casablanca", "Asia/Kolkata", "Australia/Lord_Howe"):
        pairs = [(int(at, 36), int(offset)) for at, offset in (pair.split(":") for pair in changes(name).split(" "))]
        for at in range(0, 2_114_000_000, 8_999_999):
            offset = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(name)).utcoffset()
            assert offset == timedelta(seconds=[found for since, found in pairs if since <= at][-1])


def test_a_language_zone_or_option_that_cannot_be_had_is_an_error_and_not_another_text() -> None:
    for code in (
        "(1).toLocaleString('ja-JP')",
        "new Date().toLocaleString('de', {timeZone: 'Asia/Tokio'})",
        "(1).toLocaleString('de', {style: 'percent'})",
    ):
        found = Script(f"return {code}", "", "", 1).run({"_msgid": "1"})
        assert found[0][0] == "fail"
        assert "is not available here" in found[0][1]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("msg.a.b.c = 1", "TypeError: Cannot read properties of undefined (reading 'b')"),
        ("let x = {}; x.y.z(1)", "TypeError: Cannot read properties of undefined (reading 'z')"),
        ("const s = 5; s.trim(1, 2)", "TypeError: s.trim is not a function"),
        ("[1].map(x => msg.max(x))", "TypeError: msg.max is not a function"),
        ("const s = 5; s.trim(Math.max(1), 2)", "TypeError: not a function"),  # which of both is not told
        ("const c = 1; c = 2", "TypeError: Assignment to constant variable."),
        ("throw new TypeError('mine')", "TypeError: mine"),
    ],
)
def test_errors_are_in_the_words_of_node(code: str, words: str) -> None:
    assert Script(code, "", "", 1).run({"_msgid": "1"})[0][1] == words


def test_what_cannot_be_had_is_named_at_the_import(registry: Registry) -> None:
    nodes = [
        function("const l = new Intl.ListFormat(); node.linkcall('x', msg); new Intl.NumberFormat()"),
        {"id": "m", "z": "f", "type": "change", "rules": [{"t": "set", "p": "payload", "pt": "msg", "to": "$moment().format()", "tot": "jsonata"}], "wires": [[]]},
    ]  # fmt: skip
    texts = {each.id: each.text for each in convert(flow(*nodes), registry).report.findings}
    assert texts["n"] == "uses names of JavaScript that are not there here: Intl.ListFormat, node.linkcall"
    assert texts["m"] == "its expressions use $moment, which is not there here"


def test_a_function_that_cannot_be_read_says_so_when_a_message_comes(bench: Bench) -> None:
    loaded(bench, flow(function("return ((")))
    assert "SyntaxError" in given(bench, "n", {})[-1]["text"]


def test_a_failure_that_its_catch_node_leads_back_to_it_ends_after_ten(bench: Bench) -> None:
    catch = {"id": "c", "z": "f", "type": "catch", "scope": ["n"], "wires": [["h", "n"]]}
    loaded(bench, flow(function("throw new Error('again')"), catch))
    arrived = [each for each in given(bench, "n", {"payload": 1}) if each["event"] == "msg"]
    assert [each["msg"]["error"]["source"]["count"] for each in arrived] == list(range(1, 10))
