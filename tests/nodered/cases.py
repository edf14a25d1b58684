# ruff: noqa: E501 - one case a line reads better
"""Flows and messages over Node-RED's core nodes and their options: the same every time, from a seed.

Each case has one node under test, `n`, whose outputs lead to `h1`, `h2` ..., with a catch node and its own `hc`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

Case = dict[str, Any]
NOTHING: Any = object()

VALUES: list[Any] = [
    0, 1, -1, 1.5, -0.5, 7, 10, 99.999, 1e21, 1e-7, 123456789, "", "a", "abc", "ABC", "10", "1", "0", " 5 ", "0x1F", "true",
    "false", "null", "1,2", "a\nb", "a,b;c", "ünïcödé", "<b>&\"'", True, False, None, [], [1, 2, 3], ["b", "a"], [[1], [2]],
    {}, {"a": 1}, {"a": {"b": [1, 2]}}, {"name": "x", "value": 3}, {"type": "Buffer", "data": [104, 105]}, NOTHING,
]  # fmt: skip
TOPICS: list[Any] = ["t1", "t2", "a/b", "", NOTHING, NOTHING]


def msg(pick: random.Random, value: Any = NOTHING, **more: Any) -> dict[str, Any]:
    made = {"payload": pick.choice(VALUES) if value is NOTHING else value, "topic": pick.choice(TOPICS), **more}
    return {key: inner for key, inner in made.items() if inner is not NOTHING}


def case(name: str, node: dict[str, Any], messages: list[dict[str, Any]], outputs: int = 1, **more: Any) -> Case:
    """Return a case; `wait` is how long Node-RED is given, in ms, `pause` how long between messages."""
    sinks = [f"h{n + 1}" for n in range(outputs)]
    flows = [
        {"id": "f", "type": "tab", "label": "case"},
        {"id": "n", "z": "f", "name": "", **node, "wires": [[sink] for sink in sinks]},
        *({"id": sink, "z": "f", "type": "junction", "wires": []} for sink in sinks),
        {"id": "c", "z": "f", "type": "catch", "scope": ["n"], "uncaught": False, "wires": [["hc"]]},
        {"id": "hc", "z": "f", "type": "junction", "wires": []},
    ]
    return {"name": name, "flows": flows, "inject": [["n", m] for m in messages], "tap": [*sinks, "hc"], **more}


def all_cases(seed: int = 7) -> Iterator[Case]:
    """Yield every case."""
    for generate in (switches, changes, ranges, templates, filters, functions, splits, joins, sorts, batches, jsons,
                     csvs, xmls, yamls, htmls, delays, triggers, links,
                     subflows, scopes):  # fmt: skip
        pick = random.Random(f"{seed}-{generate.__name__}")
        for number, made in enumerate(generate(pick)):
            made["name"] = f"{generate.__name__}-{number}"
            yield _own(made, f"{generate.__name__[:3]}{number}")


def _own(made: Case, own: str) -> Case:
    """Give the flow and the node ids of their own: Node-RED keeps contexts over a deploy."""
    names = {"f": f"f-{own}", "n": f"n-{own}"}
    for entry in made["flows"]:
        for key in ("id", "z"):
            entry[key] = names.get(entry.get(key), entry.get(key))
        if isinstance(entry.get("scope"), list):
            entry["scope"] = [names.get(id, id) for id in entry["scope"]]
    for entry in made["flows"]:
        if "wires" in entry:
            entry["wires"] = [[names.get(id, id) for id in port] for port in entry["wires"]]
        if "nodes" in entry:
            entry["nodes"] = [names.get(id, id) for id in entry["nodes"]]
    made["flows"] = [
        {key: value for key, value in entry.items() if value is not None or key == "scope"} for entry in made["flows"]
    ]
    made["inject"] = [[names.get(id, id), message] for id, message in made["inject"]]
    return made


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
    value = {
        "str": lambda: pick.choice(["new", "", "$1-$&", "12"]),
        "num": lambda: pick.choice(["1", "2.5", "", "0x10"]),
        "bool": lambda: pick.choice(["true", "false"]),
        "json": lambda: pick.choice(['{"a":[1,{"b":2}]}', "[1,2]", '"x"', "null"]),
        "msg": lambda: pick.choice(
            ["topic", "payload", "payload.a", "nothing", "list[0]", "list[1].x", "payload.length"]
        ),
        "flow": lambda: pick.choice(["x", "y.z"]),
        "global": lambda: pick.choice(["x", "y.z"]),
        "jsonata": lambda: pick.choice(
            ["payload", "$uppercase(topic)", "$count(list)", "list.x", "nothing", "1/3", '{"k": topic}']
        ),
        "env": lambda: pick.choice(["NO_SUCH_VARIABLE", "a ${NO_SUCH} b"]),
        "bin": lambda: "[1,2,255]",
    }[kind]()
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
        rules = []
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
        for _ in range(3):
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


def splits(pick: random.Random) -> Iterator[Case]:
    values = ["a\nb\nc", "", "abcdef", "a,b,,c", [1, 2, 3, 4, 5], [], [[1], [2]], {"a": 1, "b": {"c": 2}}, {}, 5, True,
              {"type": "Buffer", "data": [1, 2, 10, 3, 4]}, "x\n"]  # fmt: skip
    for _ in range(110):
        kind = pick.choice(["str", "str", "len", "bin"])
        node = {"type": "split", "splt": {"str": pick.choice(["\\n", ",", "b"]), "len": pick.choice(["2", "3"]), "bin": "[10]"}[kind],
                "spltType": kind, "arraySplt": pick.choice([1, 1, 2, 3]), "arraySpltType": "len", "stream": pick.random() < 0.3,
                "addname": pick.choice(["", "key", "topic"]), "property": "payload"}  # fmt: skip
        messages = [
            msg(pick, pick.choice(values), **({"parts": {"id": "o", "index": 0}} if pick.random() < 0.2 else {}))
            for _ in range(5)
        ]
        yield case("", node, messages)


def joins(pick: random.Random) -> Iterator[Case]:
    for number in range(150):
        mode = ["custom", "auto", "reduce"][number % 3]
        node: dict[str, Any] = {"type": "join", "mode": mode, "build": pick.choice(["string", "array", "object", "merged", "buffer"]),
                "property": "payload", "propertyType": pick.choice(["msg", "msg", "msg", "full"]), "key": "topic", "joiner": pick.choice(["\\n", ",", ""]),
                "joinerType": "str", "useparts": pick.random() < 0.3, "accumulate": pick.random() < 0.2, "timeout": "",
                "count": pick.choice(["3", "2", "", "4"]), "reduceRight": pick.random() < 0.4, "reduceExp": pick.choice(["$A + payload", "$A + payload * $I", "$append($A, payload)"]),
                "reduceInit": pick.choice(["0", "10"]), "reduceInitType": "num", "reduceFixup": pick.choice(["", "$A / $N"])}  # fmt: skip
        if mode == "custom":
            messages = [
                msg(
                    pick,
                    pick.choice([1, "a", {"k": 1}, {"k": 2, "j": 1}, [1], "b"]),
                    topic=pick.choice(["t1", "t2", "t3"]),
                )
                for _ in range(8)
            ]
            if pick.random() < 0.4:
                messages.insert(5, {**messages[4], "complete": True})
            if pick.random() < 0.3:
                messages.insert(2, {"reset": True})
        else:
            kind = pick.choice(["string", "array", "object"]) if mode == "auto" else "array"
            count = pick.randint(2, 4)
            messages = []
            for group in ("g1", "g2"):
                for index in range(count):
                    parts: dict[str, Any] = {"id": group, "index": index, "count": count, "type": kind}
                    if kind == "string":
                        parts["ch"] = "-"
                    if kind == "object":
                        parts["key"] = f"k{index}"
                    messages.append(
                        {
                            "payload": pick.randint(0, 9) if kind != "string" else f"s{index}",
                            "topic": group,
                            "parts": parts,
                        }
                    )
            if pick.random() < 0.5:
                pick.shuffle(messages)
        yield case("", node, messages)


def sorts(pick: random.Random) -> Iterator[Case]:
    lists = [
        [3, 1, 2],
        ["b", "a", "C", "10", "9"],
        [10, 9, 1],
        [{"n": 2}, {"n": 1}, {"n": 10}],
        [],
        [1],
        ["5", 3, "1"],
        "text",
    ]
    for number in range(60):
        if number % 2:
            node = {"type": "sort", "target": "payload", "targetType": "msg", "msgKey": pick.choice(["n", "payload"]), "msgKeyType": pick.choice(["elem", "jsonata"]),
                    "order": pick.choice(["ascending", "descending"]), "as_num": pick.random() < 0.5}  # fmt: skip
            messages = [msg(pick, pick.choice(lists)) for _ in range(4)]
        else:
            node = {"type": "sort", "target": "", "targetType": "seq", "seqKey": pick.choice(["payload", "topic"]), "seqKeyType": pick.choice(["msg", "jsonata"]),
                    "order": pick.choice(["ascending", "descending"]), "as_num": pick.random() < 0.5}  # fmt: skip
            messages = [
                {
                    "payload": pick.choice([1, 10, 9, 2]),
                    "topic": pick.choice("abc"),
                    "parts": {"id": "s", "index": i, "count": 4},
                }
                for i in range(4)
            ]
            pick.shuffle(messages)
        yield case("", node, messages)


def batches(pick: random.Random) -> Iterator[Case]:
    for number in range(40):
        if number % 2:
            node = {"type": "batch", "mode": "count", "count": pick.choice(["2", "3", "4"]), "overlap": pick.choice(["0", "1"]), "interval": 10,
                    "allowEmptySequence": False, "honourParts": pick.random() < 0.3, "topics": []}  # fmt: skip
            messages = [msg(pick, i) for i in range(9)]
            if node["honourParts"]:
                messages = [{**m, "parts": {"id": "p", "index": i % 3, "count": 3}} for i, m in enumerate(messages)]
            if pick.random() < 0.3:
                messages.insert(4, {"reset": True})
        else:
            node = {
                "type": "batch",
                "mode": "concat",
                "count": 10,
                "overlap": 0,
                "interval": 10,
                "topics": [{"topic": "a"}, {"topic": "b"}],
            }
            messages = [
                {"payload": i, "topic": t, "parts": {"id": t, "index": i, "count": 2}} for t in "ab" for i in range(2)
            ]
            pick.shuffle(messages)
        yield case("", node, messages)


def jsons(pick: random.Random) -> Iterator[Case]:
    texts = ['{"a":1}', "[1,2]", "5", '"x"', "{bad", "null", "true", "", '{"a":{"b":[1,2.5]}}']
    for _ in range(60):
        node = {
            "type": "json",
            "property": "payload",
            "action": pick.choice(["", "obj", "str"]),
            "pretty": pick.random() < 0.3,
        }
        messages = [msg(pick) for _ in range(4)] + [msg(pick, pick.choice(texts)) for _ in range(4)]
        if pick.random() < 0.3:
            messages = [{**m, "schema": {"type": "object", "properties": {"a": {"type": "number"}}}} for m in messages]
        yield case("", node, messages)


def csvs(pick: random.Random) -> Iterator[Case]:
    texts = ["a,b,c\n1,2,3\n4,5,6\n", "1,2,3", 'x,"y,z",w\n', '"a ""q"" b",2\n3,4\n', "1,,3\n", "a\tb\n1\t2", "a;b\n1;2", "\n\n1,2\n",
             "name,value\nx,1\ny,002\nz,-1.5e3\n", "a,b\r\n1,2\r\n", '"multi\nline",2\n', "1, 2 ,3\n", "", "true,false,null\n"]  # fmt: skip
    values = [
        {"a": 1, "b": "x"},
        [{"a": 1, "b": 2}, {"a": 3, "b": "q,r"}],
        [[1, 2], [3, 4]],
        [1, 2, 3],
        {"a": None, "b": 'say "hi"'},
        [],
        {"a": True},
    ]
    for _ in range(150):
        node = {"type": "csv", "spec": pick.choice(["rfc", "rfc", ""]), "sep": pick.choice([",", ",", ",", "\\t", ";"]), "hdrin": pick.random() < 0.5,
                "hdrout": pick.choice(["none", "all", "once"]), "multi": pick.choice(["one", "mult"]), "ret": pick.choice(["\\n", "\\r\\n"]),
                "temp": pick.choice(["", "", "a,b", "a,b,c", "a,,c"]), "skip": pick.choice(["0", "0", "1"]), "strings": pick.random() < 0.7,
                "include_empty_strings": pick.random() < 0.4, "include_null_values": pick.random() < 0.4}  # fmt: skip
        yield case("", node, [msg(pick, pick.choice(texts + values)) for _ in range(5)])


def xmls(pick: random.Random) -> Iterator[Case]:
    texts = ["<a>1</a>", "<a><b>1</b><b>2</b><c/></a>", '<a x="1" y="z">t<b/></a>', "<a>", "", "<a>&lt;&amp;</a>", "<a><![CDATA[<x>]]></a>",
             "<a>\n  <b> s </b>\n</a>", "<?xml version='1.0'?><r><i n='1'>a</i><i n='2'>b</i></r>", "text"]  # fmt: skip
    values = [
        {"a": "x"},
        {"a": {"b": ["1", "2"]}},
        {"a": {"$": {"k": "v"}, "_": "t"}},
        {"a": 1, "b": 2},
        {"a": {"b": {"c": "<&>"}}},
        5,
        {"a": ""},
        {"a": None},
    ]
    for _ in range(50):
        node = {
            "type": "xml",
            "property": "payload",
            "attr": pick.choice(["", "", "at"]),
            "chr": pick.choice(["", "", "tx"]),
        }
        yield case("", node, [msg(pick, pick.choice(texts + values)) for _ in range(6)])


def yamls(pick: random.Random) -> Iterator[Case]:
    texts = [
        "a: 1\nb: [1, 2]\n",
        "- x\n- y: 2\n",
        "plain",
        "5",
        "a: {b: true, c: null}",
        "a: 'q'\n",
        "a: |\n  line1\n  line2\n",
        "key: : bad: [",
        "",
    ]
    values = [
        {"a": 1, "b": [1, {"c": "x"}]},
        [1, "two", None, True],
        {"s": "yes", "n": "1", "e": ""},
        5,
        True,
        {"t": "a: b"},
        {},
    ]
    for _ in range(40):
        yield case(
            "", {"type": "yaml", "property": "payload"}, [msg(pick, pick.choice(texts + values)) for _ in range(6)]
        )


def htmls(pick: random.Random) -> Iterator[Case]:
    page = "<html><body><h1 class='a b' id='t'>Title</h1><ul><li>1</li><li><b>2</b></li></ul><p>x &amp; y</p><a href='/u'>l</a></body></html>"
    for _ in range(30):
        node = {"type": "html", "property": "payload", "outproperty": pick.choice(["payload", "out"]), "tag": pick.choice(["li", "h1", "p", "a", "ul > li", ".a", "none"]),
                "ret": pick.choice(["html", "text", "attr"]), "as": pick.choice(["single", "multi"])}  # fmt: skip
        yield case("", node, [msg(pick, page)])


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


def _env(pick: random.Random, names: str) -> list[dict[str, Any]]:
    values = [
        ("str", "text"),
        ("num", "5"),
        ("bool", "true"),
        ("json", '{"a":[1]}'),
        ("env", "NO_SUCH"),
        ("str", ""),
        ("jsonata", "1+1"),
    ]
    return [
        dict(zip(("name", "type", "value"), (name, *pick.choice(values)), strict=True))
        for name in names
        if pick.random() < 0.7
    ]


def subflows(pick: random.Random) -> Iterator[Case]:
    code = ("msg.payload = [env.get('A'), env.get('B'), env.get('C'), flow.get('k') || 0, flow.get('$parent.k') || 0, msg.payload];"
            "flow.set('k', (flow.get('k') || 0) + 1); node.status({fill: 'red', shape: 'dot', text: 'in'});"
            "if (msg.topic === 't1') throw new Error('bad'); return [msg, {payload: 'second'}];")  # fmt: skip
    for number in range(60):
        inner = pick.choice([None, None, "all"])
        flows: list[dict[str, Any]] = [
            {"id": "f", "type": "tab", "label": "case", "env": _env(pick, "ABC")},
            {"id": "s", "type": "subflow", "name": "sub", "env": _env(pick, "ABC"),
             "in": [{"wires": [{"id": "fn"}]}], "out": [{"wires": [{"id": "fn", "port": 0}]}, {"wires": [{"id": "fn", "port": pick.choice([0, 1])}]}],
             "status": {"wires": [{"id": "fn", "port": 1}]} if pick.random() < 0.3 else None},
            {"id": "fn", "z": "s", "type": "function", "name": "inner", "func": code, "outputs": 2, "wires": [[], []]},
            {"id": "n", "z": "f", "type": "subflow:s", "name": pick.choice(["", "one"]), "env": _env(pick, "ABC"), "wires": [["h1"], ["h2"]]},
            {"id": "m", "z": "f", "type": "subflow:s", "name": "two", "env": [], "wires": [["h1"], []]},
            {"id": "h1", "z": "f", "type": "junction", "wires": []}, {"id": "h2", "z": "f", "type": "junction", "wires": []},
            {"id": "c", "z": "f", "type": "catch", "scope": None, "wires": [["hc"]]}, {"id": "hc", "z": "f", "type": "junction", "wires": []},
            {"id": "st", "z": "f", "type": "status", "scope": None, "wires": [["hs"]]}, {"id": "hs", "z": "f", "type": "junction", "wires": []},
        ]  # fmt: skip
        flows += [{"id": f"j{to}", "z": "f", "type": "junction", "wires": [[to]]} for to in "nm"]
        if inner:
            flows.append({"id": "ci", "z": "s", "type": "catch", "scope": None, "wires": [["cf"]]})
            flows.append(
                {
                    "id": "cf",
                    "z": "s",
                    "type": "change",
                    "rules": [{"t": "delete", "p": "error", "pt": "msg"}],
                    "wires": [["h1"]],
                }
            )
        messages = [[pick.choice(["jn", "jn", "jm"]), msg(pick, i)] for i in range(4)]
        yield {
            "name": "",
            "flows": flows,
            "inject": messages,
            "tap": ["h1", "h2", "hc"] + (["hs"] if number % 2 else []),
            "wait": 15,
        }


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
