# ruff: noqa: E501 - one case a line reads better
"""Cases of nodes that change and route messages."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

from tests.nodered.expressions import expression, message
from tests.nodered.making import Case, case, msg

OPERATORS = ["eq", "neq", "lt", "lte", "gt", "gte", "btwn", "cont", "regex", "true", "false", "null", "nnull", "empty",
             "nempty", "istype", "hask", "head", "tail", "index", "jsonata_exp", "else"]  # fmt: skip


def _operand(pick: random.Random, kind: str) -> Any:
    if kind == "num":
        return pick.choice(["0", "1", "10", "-1", "1.5"])
    if kind == "msg":
        return pick.choice(["topic", "payload", "limit", "payload.a"])
    return pick.choice(["a", "abc", "1", "10", "", "true", "t1"])


def _rule(pick: random.Random, kind: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"t": kind}
    if kind in ("eq", "neq", "lt", "lte", "gt", "gte", "btwn", "cont", "hask"):
        rule["vt"] = pick.choice(["str", "num", "msg"] if kind != "hask" else ["str", "msg"])
        rule["v"] = _operand(pick, rule["vt"])
    if kind == "btwn":
        rule["v2t"] = pick.choice(["num", "str", "msg"])
        rule["v2"] = _operand(pick, rule["v2t"])
    if kind == "regex":
        rule.update(
            v=pick.choice(["^a", "b+", "\\d", "[A-C]{2}", "(x|1)", "^$", "."]), vt="str", case=pick.random() < 0.5
        )
    if kind == "istype":
        rule.update(
            v=pick.choice(["string", "number", "boolean", "array", "buffer", "object", "json", "undefined", "null"]),
            vt="str",
        )
        rule["vt"] = rule["v"]
    if kind in ("head", "tail", "index"):
        rule.update(v=str(pick.randint(0, 3)), vt="num", v2=str(pick.randint(1, 4)), v2t="num")
    if kind == "jsonata_exp":
        rule.update(
            v=pick.choice(["payload > 1", "$length(topic) = 2", "payload = 'abc'", "$exists(payload.a)"]), vt="jsonata"
        )
    return rule


def switches(pick: random.Random) -> Iterator[Case]:
    for number in range(330):
        kinds = [OPERATORS[number % len(OPERATORS)], *pick.choices(OPERATORS, k=pick.randint(0, 3))]
        node = {"type": "switch", "property": pick.choice(["payload"] * 6 + ["topic", "payload.a", "payload.length"]),
                "propertyType": "msg", "rules": [_rule(pick, kind) for kind in kinds],
                "checkall": pick.choice(["true", "false"]), "repair": pick.random() < 0.3, "outputs": len(kinds)}  # fmt: skip
        messages = [msg(pick, limit=pick.choice([1, "a", 10])) for _ in range(8)]
        if {"head", "tail", "index"} & set(kinds) or node["repair"]:
            messages = [{**m, "parts": {"id": "s", "index": i, "count": len(messages)}} for i, m in enumerate(messages)]
        yield case("", node, messages, len(kinds))


def _to(pick: random.Random) -> dict[str, Any]:
    kind = pick.choice(["str", "num", "bool", "json", "msg", "flow", "global", "jsonata", "env", "bin"])
    values: dict[str, list[str]] = {
        "str": ["new", "", "$1-$&", "12"],
        "num": ["1", "2.5", "", "0x10"],
        "bool": ["true", "false"],
        "json": ['{"a":[1,{"b":2}]}', "[1,2]", '"x"', "null"],
        "msg": ["topic", "payload", "payload.a", "nothing", "list[0]", "list[1].x", "payload.length"],
        "flow": ["x", "y.z"],
        "global": ["x", "y.z"],
        "jsonata": ["payload", "$uppercase(topic)", "$count(list)", "list.x", "nothing", "1/3", '{"k": topic}'],
        "env": ["NO_SUCH_VARIABLE", "a ${NO_SUCH} b"],
        "bin": ["[1,2,255]"],
    }
    value = values[kind][0] if kind == "bin" else pick.choice(values[kind])
    return {"to": value, "tot": kind}


def changes(pick: random.Random) -> Iterator[Case]:
    places = [
        "payload",
        "topic",
        "new",
        "payload.a",
        "payload.a.b",
        "list[0]",
        "list[5]",
        "deep.er.one",
        "payload.length",
        'a["b c"]',
    ]
    for number in range(330):
        rules: list[dict[str, Any]] = []
        for _ in range(pick.randint(1, 4)):
            kind = ["set", "change", "delete", "move"][(number + len(rules)) % 4]
            rule = {"t": kind, "p": pick.choice(places), "pt": pick.choice(["msg"] * 6 + ["flow", "global"])}
            if kind == "change":  # on a context that holds nothing, Node-RED loses the msg: see docs/nodered.md
                rule["pt"] = "msg"
            if rule["pt"] != "msg":
                rule["p"] = pick.choice(["x", "y.z"])
            if kind == "set":
                rule.update(_to(pick))
            elif kind == "move":
                rule.update(
                    to=pick.choice(["moved", "payload.b", "topic", "x"]), tot=pick.choice(["msg", "msg", "flow"])
                )
            elif kind == "change":
                rule.update(_to(pick))
                kind_from = pick.choice(["str", "str", "num", "bool", "re", "msg"])
                rule.update(fromt=kind_from, **{"from": {"str": pick.choice(["a", "b", "10", "."]), "num": pick.choice(["1", "10"]),
                            "bool": "true", "re": pick.choice(["a", "[bc]", "(.)b", "\\d+"]), "msg": "topic"}[kind_from]})  # fmt: skip
            rules.append(rule)
        messages = [msg(pick, list=[{"x": 1}, {"x": 2}]) for _ in range(6)]
        for rule in rules:  # the global context outlives a case
            for where, kind in (("p", "pt"), ("to", "tot")):
                if rule.get(kind) == "global":
                    rule[where] = f"case{number}{rule[where]}"
        yield case("", {"type": "change", "rules": rules}, messages)


def _of_parts(text: str) -> str:
    """Return an expression that does not give the whole msg, which would then contain itself in Node-RED."""
    text = re.sub(r"\$\$(?!\.)|\$(?=\.\$)", "$$.payload", text)
    return re.sub(r"(?<![\w`\])]\[)(?<![$.])\$(?![\w.$])", "payload.rows", text)


def expressions(pick: random.Random) -> Iterator[Case]:
    """JSONata: rules that put the values of expressions beside each other."""
    for _ in range(150):
        rules = [
            {"t": "set", "p": name, "pt": "msg", "to": _of_parts(expression(pick, 2)), "tot": "jsonata"}
            for name in ("one", "two")
        ]
        yield case("", {"type": "change", "rules": rules}, [message(pick) for _ in range(5)])


def old_changes(pick: random.Random) -> Iterator[Case]:
    """Change nodes of very old flows, which have one rule in their own options."""
    for number in range(24):
        action = ["replace", "change", "delete", "change"][number % 4]
        node = {"type": "change", "action": action, "property": pick.choice(["payload", "topic", "payload.a"]), "from": pick.choice(["a", "b+", ".", "10", "t1"]), "to": pick.choice(["x", "msg.topic", "", "[$&]"]), "reg": pick.random() < 0.5}  # fmt: skip
        yield case("", node, [msg(pick) for _ in range(5)])


def ranges(pick: random.Random) -> Iterator[Case]:
    for number in range(90):
        node = {"type": "range", "action": ["scale", "clamp", "roll", "drop"][number % 4], "round": pick.random() < 0.4,
                "minin": pick.choice(["0", "-10", "10"]), "maxin": pick.choice(["10", "100", "0", "5"]),
                "minout": pick.choice(["0", "100", "-1"]), "maxout": pick.choice(["1", "1000", "0"]),
                "property": pick.choice(["payload", "payload", "payload.a"])}  # fmt: skip
        numbers = [pick.choice([0, 1, 5, 10, 11, -3, 2.5, 99, 1000]) for _ in range(4)]
        yield case("", node, [msg(pick) for _ in range(5)] + [msg(pick, n) for n in numbers])


def templates(pick: random.Random) -> Iterator[Case]:
    texts = [
        "Hello {{payload}}!", "{{{payload}}} {{&payload}}", "{{topic}}/{{payload.a}}", "{{#list}}<{{x}}>{{/list}}",
        "{{^payload}}none{{/payload}}", "{{#payload}}yes {{.}}{{/payload}}", "{{! comment }}x", "{{list.0.x}} {{list.length}}",
        "a: {{payload}}\nb:\n - 1\n - 2\n", '{"v": "{{payload}}"}', "{{flow.x}}-{{global.y}}-{{env.NO_SUCH}}", "{{=<% %>=}}<% topic %>",
        "line\n{{#list}}\n  {{x}}\n{{/list}}\nend", "{{unknown}}{{payload.b.c}}", "{{#payload.a}}{{b}}{{/payload.a}}", "",
    ]  # fmt: skip
    for number in range(110):
        node = {"type": "template", "template": texts[number % len(texts)], "field": pick.choice(["payload", "payload", "out", "out.deep"]),
                "fieldType": "msg", "format": "handlebars", "syntax": pick.choice(["mustache"] * 4 + ["plain"]),
                "output": pick.choice(["str", "str", "json", "yaml"])}  # fmt: skip
        yield case("", node, [msg(pick, list=[{"x": 1}, {"x": "<2>"}]) for _ in range(6)])


def filters(pick: random.Random) -> Iterator[Case]:
    for number in range(120):
        func = ["rbe", "rbei", "deadband", "deadbandEq", "narrowband", "narrowbandEq"][number % 6]
        node = {"type": "rbe", "func": func, "gap": pick.choice(["1", "0", "5", "10%", "2.5"]), "start": pick.choice(["", "0", "5"]),
                "inout": pick.choice(["in", "out"]), "septopics": pick.random() < 0.6, "property": "payload", "topi": "topic"}  # fmt: skip
        if func.startswith("rbe"):
            messages = [
                msg(pick, pick.choice([1, 1, "1", "a", {"a": 1}, {"a": 2}, [1], None, True])) for _ in range(14)
            ]
        else:
            messages = [msg(pick, pick.choice([0, 1, 2, 3, 5, 8, "4", "6.5 C", 10, 12, "x", 20])) for _ in range(14)]
        if pick.random() < 0.4:
            messages.insert(7, {"reset": True, **({"topic": "t1"} if pick.random() < 0.5 else {})})
        yield case("", node, messages)


FUNCTIONS = [
    "return msg;", "msg.payload = typeof msg.payload; return msg;", "return [msg, {payload: 'two'}];",
    "return [[{payload: 1}, {payload: 2}], msg];", "return null;", "return;", "return 5;", "return 'text';", "return [[1, msg]];",
    "node.send(msg); node.send([null, msg]);", "node.send({payload: 'a'}); return {payload: 'b'};",
    "throw new Error('broken');", "throw 'a text';", "node.error('wrong', msg); return msg;", "undefinedName + 1;",
    "msg.payload = context.get('n') || 0; context.set('n', msg.payload + 1); return msg;",
    "flow.set('a.b', msg.payload); msg.payload = flow.get('a'); return msg;",
    "global.set(['x', 'y'], [1, {z: 2}]); msg.payload = global.get(['x', 'y']); return msg;",
    "msg.payload = Buffer.from('héllo'); return msg;", "msg.payload = Buffer.from('aGk=', 'base64').toString('hex'); return msg;",
    "const b = Buffer.alloc(8); b.writeFloatBE(1.5, 0); b.writeInt16LE(-2, 4); msg.payload = b; return msg;",
    "msg.payload = Buffer.concat([Buffer.from([1,2]), Buffer.from('x')]).readUInt16BE(1); return msg;",
    "msg.payload = new Date(0); return msg;", "msg.payload = JSON.stringify({a: [1, null, undefined], b: undefined}); return msg;",
    "msg.payload = RED.util.cloneMessage(msg).payload; return msg;", "msg.payload = RED.util.getMessageProperty(msg, 'list[1].x'); return msg;",
    "RED.util.setMessageProperty(msg, 'a.b[0].c', 3, true); return msg;", "msg.payload = RED.util.ensureString(msg.payload); return msg;",
    "msg.payload = RED.util.compareObjects({a: [1]}, {a: [1]}); return msg;", "msg.payload = RED.util.ensureBuffer(msg.payload === undefined ? '' : msg.payload); return msg;",
    "setTimeout(() => { node.send({payload: 'late'}); node.done(); }, 5);", "msg.payload = env.get('NO_SUCH'); msg.n = env.get('NR_FLOW_NAME'); return msg;",
    "return Promise.resolve(msg);", "const v = await Promise.resolve(3); msg.payload = v; return msg;", "await new Promise((ok) => setTimeout(ok, 3)); return msg;",
    "msg.payload = [1, 2, 3].map((x) => x * 2).filter((x) => x > 2); return msg;", "msg.payload = {...msg, list: undefined}; return msg;",
    "msg.payload = `t ${msg.topic}`; return msg;", "msg.payload = [node.id, node.name, node.outputCount]; return msg;",
    "msg.payload = 0/0; msg.inf = 1/0; return msg;", "msg.payload = [undefined, null, NaN]; return msg;", "delete msg.payload; delete msg._msgid; return msg;",
    "node.status({fill: 'green', shape: 'dot', text: 'ok'}); return msg;", "msg.payload = [...'héy'].length + parseInt('12px') + Number('0x10'); return msg;",
    "msg.payload = new Map([[1, 2]]).get(1); msg.re = /a(b)/.exec('ab')[1]; return msg;", "msg.payload = msg.payload.a.b; return msg;",
    "msg.payload = util.inspect ? 'yes' : 'no'; return msg;", "const o = {}; o.self = o; msg.payload = o; return msg;",
    "msg.payload = 'abc'.replaceAll('b', 'x') + [3, 1, 2].toString() + (0.1 + 0.2) + 1e21 + (1/3); return msg;",
    "return {payload: [10, 9, 1].sort(), topic: ['b', 'a'].sort().join()};",
    "msg.payload = Object.entries(msg).length; msg.x = Object.keys({b: 1, a: 2, 1: 3}); return msg;",
]  # fmt: skip


def functions(pick: random.Random) -> Iterator[Case]:
    for code in FUNCTIONS:
        for _ in range(4):
            node = {
                "type": "function",
                "func": code,
                "outputs": 2,
                "timeout": 0,
                "initialize": "",
                "finalize": "",
                "libs": [],
                "name": "f",
            }
            yield case("", node, [msg(pick, list=[{"x": 1}, {"x": 2}]) for _ in range(4)], 2, wait=25)
