# ruff: noqa: E501 - one case a line reads better
"""Cases of nodes that take time, link, and hear of others."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from tests.nodered.making import Case, case, msg, placed


def delays(pick: random.Random) -> Iterator[Case]:
    for number in range(30):
        kind = ["delay", "delayv", "rate", "rate", "queue", "timed"][number % 6]
        node: dict[str, Any] = {"type": "delay", "pauseType": kind, "timeout": "40", "timeoutUnits": "milliseconds", "rate": "20", "nbRateUnits": "1",
                "rateUnits": "second", "randomFirst": "1", "randomLast": "5", "randomUnits": "seconds", "drop": kind == "rate" and pick.random() < 0.5,
                "allowrate": False, "outputs": 2 if kind == "rate" else 1}  # fmt: skip
        messages = [
            msg(
                pick,
                i,
                topic=pick.choice(["a", "b"]),
                **({"delay": pick.choice([10, 60, 110])} if kind == "delayv" else {}),
            )
            for i in range(4)
        ]
        if pick.random() < 0.4:
            messages.append(pick.choice([{"reset": True}, {"flush": True}, {"flush": 1}]))
        yield case("", node, messages, 2 if kind == "rate" else 1, wait=330, seconds=0.33)


def triggers(pick: random.Random) -> Iterator[Case]:
    for number in range(40):
        node = {"type": "trigger", "op1": pick.choice(["1", "on", "true"]), "op2": pick.choice(["0", "off"]), "op1type": pick.choice(["str", "val", "pay", "nul", "num", "bool"]),
                "op2type": pick.choice(["str", "val", "pay", "payl", "nul"]), "duration": pick.choice(["60", "60", "0"]), "extend": pick.random() < 0.4,
                "overrideDelay": False, "units": "ms", "reset": pick.choice(["", "stop"]), "bytopic": pick.choice(["all", "topic"]), "topic": "topic",
                "outputs": 1 + number % 2}  # fmt: skip
        messages = [
            msg(pick, pick.choice([1, "go", {"a": 1}, "stop"]), topic=pick.choice(["a", "b"])) for _ in range(4)
        ]
        if pick.random() < 0.3:
            messages.insert(2, {"reset": True, "topic": "a"})
        yield case("", node, messages, 1 + number % 2, wait=220, seconds=0.22)


def links(pick: random.Random) -> Iterator[Case]:
    for number in range(12):
        flows: list[dict[str, Any]] = [
            {"id": "f", "type": "tab", "label": "case"}, {"id": "g", "type": "tab", "label": "other"},
            {"id": "n", "z": "f", "type": "link call", "links": ["in"], "linkType": ["static", "dynamic"][number % 2], "timeout": "1", "wires": [["h1"]]},
            {"id": "in", "z": ["f", "g"][number % 3 == 0], "type": "link in", "name": "sub", "links": [], "wires": [["fn"]]},
            {"id": "fn", "z": ["f", "g"][number % 3 == 0], "type": "function", "func": "msg.payload += '!'; return msg;", "outputs": 1, "wires": [["out"]]},
            {"id": "out", "z": ["f", "g"][number % 3 == 0], "type": "link out", "mode": "return", "links": [], "wires": []},
            {"id": "h1", "z": "f", "type": "junction", "wires": []},
            {"id": "c", "z": "f", "type": "catch", "scope": None, "wires": [["hc"]]}, {"id": "hc", "z": "f", "type": "junction", "wires": []},
        ]  # fmt: skip
        messages = [["n", {"payload": f"m{i}", "target": pick.choice(["sub", "in", "none"])}] for i in range(3)]
        yield {"name": "", "flows": flows, "inject": messages, "tap": ["h1", "hc", "in"], "wait": 30}


def scopes(pick: random.Random) -> Iterator[Case]:
    code = "node.status({fill: 'blue', shape: 'ring', text: 'at ' + msg.payload}); if (msg.payload % 2) node.error('odd', msg); else return msg;"
    for _ in range(60):
        scope = pick.choice([None, ["n"], ["m"], ["n", "m"], "group"])
        flows: list[dict[str, Any]] = [
            {"id": "f", "type": "tab", "label": "case"},
            {"id": "g", "z": "f", "type": "group", "nodes": ["n", "c1"], "env": []},
            {"id": "n", "z": "f", "type": "function", "name": "first", "func": code, "outputs": 1, "g": "g", "wires": [["m"]]},
            {"id": "m", "z": "f", "type": "function", "name": "second", "func": "msg.payload += 1; " + code, "outputs": 1, "wires": [["h1"]]},
            {"id": "h1", "z": "f", "type": "junction", "wires": []},
            {"id": "c1", "z": "f", "type": "catch", "scope": scope, "uncaught": False, "g": "g", "wires": [["hc"]]},
            {"id": "c2", "z": "f", "type": "catch", "scope": None, "uncaught": pick.random() < 0.6, "wires": [["hd"]]},
            {"id": "s1", "z": "f", "type": "status", "scope": pick.choice([None, ["n"], ["m"]]), "wires": [["hs"]]},
            {"id": "k1", "z": "f", "type": "complete", "scope": pick.choice([["n"], ["m"], ["n", "m"]]), "wires": [["hk"]]},
            *({"id": id, "z": "f", "type": "junction", "wires": []} for id in ("hc", "hd", "hs", "hk")),
        ]  # fmt: skip
        yield {
            "name": "",
            "flows": flows,
            "inject": [["n", msg(pick, i)] for i in range(4)],
            "tap": ["h1", "hc", "hd", "hs", "hk"],
            "wait": 15,
        }


def calls(pick: random.Random) -> Iterator[Case]:
    """Link calls that are answered at once, late, twice or never."""
    for number in range(20):
        answer = ["at once", "late", "never", "twice", "too late"][number % 5]
        behind = {"at once": ["out"], "late": ["wait"], "never": ["end"], "twice": ["out", "out2"], "too late": ["wait"]}[answer]  # fmt: skip
        flows: list[dict[str, Any]] = [
            {"id": "f", "type": "tab", "label": "case"},
            {"id": "n", "z": "f", "type": "link call", "links": ["in"], "linkType": ["static", "dynamic"][number % 2], "timeout": "0.08", "wires": [["h1"]]},
            {"id": "in", "z": "f", "type": "link in", "name": "sub", "links": [], "wires": [behind]},
            {"id": "wait", "z": "f", "type": "delay", "pauseType": "delay", "timeout": "30" if answer == "late" else "140", "timeoutUnits": "milliseconds", "wires": [["out"]]},
            *({"id": id, "z": "f", "type": "link out", "mode": "return", "links": [], "wires": []} for id in ("out", "out2")),
            *({"id": id, "z": "f", "type": "junction", "wires": []} for id in ("h1", "hc", "hk", "end")),
            {"id": "c", "z": "f", "type": "catch", "scope": pick.choice([None, ["n"]]), "uncaught": False, "wires": [["hc"]]},
            {"id": "k", "z": "f", "type": "complete", "scope": ["n"], "wires": [["hk"]]},
        ]  # fmt: skip
        messages = [["n", {"payload": f"m{i}", "target": pick.choice(["sub", "in"])}] for i in range(2)]
        yield {
            "name": "",
            "flows": placed(flows),
            "inject": messages,
            "tap": ["h1", "hc", "hk"],
            "wait": 220,
            "seconds": 0.22,
        }


def injects(pick: random.Random) -> Iterator[Case]:
    """Injects that send by hand, once, and again and again."""
    kinds: list[tuple[str, Any]] = [("num", "4.5"), ("num", "x"), ("str", "t"), ("str", ""), ("bool", "true"), ("bool", "no"), ("json", '{"a":[1]}'), ("json", "{"), ("bin", "[1,2]"),
             ("env", "NR_FLOW_NAME"), ("env", "none"), ("flow", "x"), ("jsonata", "1 + 2"), ("jsonata", "payload & 'z'"), ("jsonata", "(")]  # fmt: skip
    for number in range(30):
        props = [{"p": "payload"}, {"p": "topic", "vt": "str"}]
        for name in pick.sample(["topic", "a", "a.b", "list[0]", "other"], 2):
            kind, value = pick.choice(kinds)
            props.append({"p": name, "v": value, "vt": kind})
        kind, value = pick.choice(kinds)
        node: dict[str, Any] = {"type": "inject", "props": props, "payload": value, "payloadType": kind, "topic": pick.choice(["", "tt"]), "repeat": "", "crontab": "", "once": False, "onceDelay": 0.1}  # fmt: skip
        if number % 6 == 1:
            node |= {"once": True, "onceDelay": "0.06"}
        if number % 6 == 2:
            node |= {"repeat": "0.08", "once": pick.random() < 0.5, "onceDelay": "0.03"}
        by_hand: list[dict[str, Any]] = [{}] if number % 6 != 2 else []
        if pick.random() < 0.3 and by_hand:
            by_hand.append(
                {"payload": "given", "__user_inject_props__": [{"p": "payload", "v": "by hand", "vt": "str"}]}
            )
        yield case("", node, by_hand, wait=150, seconds=0.15)


def reports(pick: random.Random) -> Iterator[Case]:
    """What status, complete and catch nodes hear of nodes other than functions that are simple."""
    kinds: list[dict[str, Any]] = [
        {"type": "function", "func": "setTimeout(() => { node.send(msg); node.done(); }, 5);", "outputs": 1},
        {"type": "function", "func": "return msg;", "outputs": 1},
        {"type": "function", "func": "node.status({text: 'a'}); node.status({}); node.status('plain'); return null;", "outputs": 1},
        {"type": "function", "func": "node.error('seven', msg); node.error('alone'); return msg;", "outputs": 1},
        {"type": "function", "func": "throw 'text';", "outputs": 1},
        {"type": "function", "func": "async function f() { throw new Error('later'); } await f();", "outputs": 1},
        {"type": "switch", "property": "payload", "propertyType": "msg", "rules": [{"t": "eq", "v": "1", "vt": "num"}], "checkall": "true", "repair": False, "outputs": 1},
        {"type": "change", "rules": [{"t": "set", "p": "payload", "pt": "msg", "to": "$error('no')", "tot": "jsonata"}]},
        {"type": "delay", "pauseType": "delay", "timeout": "20", "timeoutUnits": "milliseconds"},
        {"type": "json", "property": "payload", "action": "obj"},
    ]  # fmt: skip
    for number in range(30):
        kind = kinds[number % len(kinds)]
        flows: list[dict[str, Any]] = [
            {"id": "f", "type": "tab", "label": "case"},
            {"id": "n", "z": "f", "name": pick.choice(["", "named"]), **kind, "wires": [["h1"]]},
            {"id": "s", "z": "f", "type": "status", "scope": pick.choice([None, ["n"]]), "wires": [["hs"]]},
            {"id": "k", "z": "f", "type": "complete", "scope": ["n"], "uncaught": False, "wires": [["hk"]]},
            {"id": "c", "z": "f", "type": "catch", "scope": pick.choice([None, ["n"]]), "uncaught": False, "wires": [["hc"]]},
            {"id": "u", "z": "f", "type": "catch", "scope": None, "uncaught": True, "wires": [["hc"]]},
            *({"id": id, "z": "f", "type": "junction", "wires": []} for id in ("h1", "hs", "hk", "hc")),
        ]  # fmt: skip
        values = [1, 2, "x", '{"a":1}', [1, 2], {"a": 1}, True, "a,b"]
        messages = [["n", msg(pick, pick.choice(values))] for _ in range(3)]
        yield {"name": "", "flows": placed(flows), "inject": messages, "tap": ["h1", "hs", "hk", "hc"], "wait": 80, "seconds": 0.08}  # fmt: skip
