# ruff: noqa: E501 - one case a line reads better
"""Cases of nodes that talk to the outside world, in real time; {HTTP}, {P1}, {MQTT}, {DIR} stand for what is free there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from tests.nodered.making import Case, msg

Entry = dict[str, Any]
BODIES: list[Any] = [
    "text",
    "ünï",
    "",
    5,
    True,
    {"a": 1, "b": "x y"},
    [1, {"c": None}],
    {"type": "Buffer", "data": [1, 2, 255]},
    '{"j": 1}',
]


def flow(entries: list[Entry], inject: list[list[Any]], tap: list[str], **more: Any) -> Case:
    """Return a case with a catch node; everything stands on the tab `f` unless it says otherwise."""
    placed = [{"z": "f", **entry} if "x" not in entry else entry for entry in entries]
    for entry in placed:
        if entry.pop("config", False):
            entry.pop("z")
    sinks = [{"id": id, "z": "f", "type": "junction", "wires": []} for id in (*tap, "hc")]
    catch = {"id": "c", "z": "f", "type": "catch", "scope": None, "uncaught": False, "wires": [["hc"]]}
    flows = [{"id": "f", "type": "tab", "label": "case"}, *placed, catch, *sinks]
    return {"name": "", "flows": flows, "inject": inject, "tap": [*tap, "hc"], "wait": 300, "real": True, **more}


def https(pick: random.Random) -> Iterator[Case]:
    for number in range(60):
        method = ["GET", "POST", "PUT", "DELETE", "PATCH", "use"][number % 6]
        served = pick.choice(["POST", "GET"]) if method == "use" else method
        path = f"/case{number}"
        status = pick.choice(["", "200", "201", "404", "500"])
        answer = pick.choice(
            ["return msg", "msg.payload = msg.req.query; return msg", "msg.payload = {m: msg.req.method, b: msg.payload}; return msg",
             "msg.payload = Buffer.from([1, 2]); return msg", "msg.payload = 'not json {'; return msg", "msg.payload = null; return msg",
             "msg.headers = {'x-own': 'v'}; msg.cookies = {k: 'v'}; return msg", "msg.statusCode = 203; return msg", "msg.payload = 7; return msg"]
        )  # fmt: skip
        entries: list[Entry] = [
            {"id": "i", "type": "http in", "url": f"{path}/:id", "method": served.lower(), "upload": False, "wires": [["fn"]]},
            {"id": "fn", "type": "function", "func": answer.replace("return msg", "delete msg.headers; return msg") if "headers" not in answer else answer, "outputs": 1, "wires": [["o"]]},
            {"id": "o", "type": "http response", "statusCode": status, "headers": pick.choice([{}, {"x-fix": "1"}]), "wires": []},
            {"id": "n", "type": "http request", "method": method, "ret": pick.choice(["txt", "bin", "obj"]), "url": "http://127.0.0.1:{HTTP}" + path + pick.choice(["/one", "/{{{topic}}}", "/two?q=1&r=a%20b", "/nothing/here"]),
             "paytoqs": pick.choice(["ignore", "ignore", "query", "body"]), "persist": False, "senderr": pick.random() < 0.2, "headers": [], "wires": [["h1"]]},
        ]  # fmt: skip
        message = msg(pick, pick.choice(BODIES), topic="tt", **({"method": served} if method == "use" else {}))
        if pick.random() < 0.3:
            message["headers"] = {
                "content-type": pick.choice(["application/json", "application/x-www-form-urlencoded", "text/plain"])
            }
        yield flow(entries, [["n", message]], ["h1"])


def tcps(pick: random.Random) -> Iterator[Case]:
    for number in range(20):
        out, splitc = [("char", "\\n"), ("time", "60"), ("count", "4"), ("char", "10")][number % 4]
        entries: list[Entry] = [
            {"id": "i", "type": "tcp in", "server": "server", "host": "", "port": "{P1}", "datamode": "stream", "datatype": (kind := pick.choice(["utf8", "buffer", "base64"])), "newline": pick.choice(["\\n", ""]) if kind == "utf8" else "", "topic": "tt", "trim": pick.random() < 0.5, "wires": [["h2", "fn"]]},
            {"id": "fn", "type": "function", "func": "msg.payload = 'got ' + msg.payload.toString() + '\\n'; return msg", "outputs": 1, "wires": [["o"]]},
            {"id": "o", "type": "tcp out", "beserver": "reply", "base64": False, "end": False, "wires": []},
            {"id": "n", "type": "tcp request", "server": "127.0.0.1", "port": "{P1}", "out": out, "splitc": splitc, "ret": pick.choice(["string", "buffer"]), "newline": "", "wires": [["h1"]]},
        ]  # fmt: skip
        yield flow(
            entries,
            [["n", {"payload": pick.choice(["one\n", "a\nb\n", "xyz\n"])}]],
            ["h1", "h2"],
            loose=["ip", "port", "_session"],
            settle=60,
        )


def staying(pick: random.Random) -> Iterator[Case]:
    """A tcp request that stays connected, and a tcp out that closes after each message."""
    for _ in range(8):
        entries: list[Entry] = [
            {"id": "i", "type": "tcp in", "server": "server", "host": "", "port": "{P1}", "datamode": "stream", "datatype": "utf8", "newline": "\\n", "topic": "", "trim": False, "wires": [["h2", "fn"]]},
            {"id": "fn", "type": "function", "func": "msg.payload = 'a;b' + msg.payload + ';rest'; return msg", "outputs": 1, "wires": [["o"]]},
            {"id": "o", "type": "tcp out", "beserver": "reply", "base64": False, "end": False, "wires": []},
            {"id": "n", "type": "tcp request", "server": "127.0.0.1", "port": "{P1}", "out": "sit", "splitc": " ", "ret": pick.choice(["string", "string", "buffer"]), "newline": pick.choice([";", ""]), "trim": pick.random() < 0.5, "wires": [["h1"]]},
        ]  # fmt: skip
        yield flow(entries, [["n", {"payload": "one\n"}]], ["h1", "h2"], loose=["ip", "port", "_session"], settle=60)
    for end in (True, False):
        entries = [
            {"id": "i", "type": "tcp in", "server": "server", "host": "", "port": "{P1}", "datamode": "single", "datatype": "utf8", "newline": "", "topic": "", "trim": False, "wires": [["h1"]]},
            {"id": "n", "type": "tcp out", "beserver": "client", "host": "127.0.0.1", "port": "{P1}", "base64": False, "end": end, "wires": []},
        ]  # fmt: skip
        yield flow(entries, [["n", {"payload": "one"}], ["n", {"payload": "two"}]], ["h1"], loose=["ip", "port", "_session"], settle=80, pause=60)  # fmt: skip


def mqtts(pick: random.Random) -> Iterator[Case]:
    for number in range(24):
        entries: list[Entry] = [
            {"id": "b", "config": True, "type": "mqtt-broker", "broker": "127.0.0.1", "port": "{MQTT}", "clientid": "", "usetls": False, "protocolVersion": "4", "keepalive": "60", "cleansession": True, "autoConnect": True},
            {"id": "i", "type": "mqtt in", "topic": f"c{number}/#", "qos": pick.choice(["0", "1", "2"]), "datatype": pick.choice(["auto", "auto-detect", "utf8", "buffer", "base64", "json"]), "broker": "b", "inputs": 0, "wires": [["h1"]]},
            {"id": "n", "type": "mqtt out", "topic": pick.choice(["", f"c{number}/own"]), "qos": pick.choice(["", "0", "1", "2"]), "retain": pick.choice(["", "false"]), "broker": "b", "wires": []},
        ]  # fmt: skip
        messages = [
            ["n", msg(pick, pick.choice(BODIES), topic=pick.choice([f"c{number}/t", f"c{number}/a/b"]))]
            for _ in range(2)
        ]
        yield flow(entries, messages, ["h1"], settle=120)


def execs(pick: random.Random) -> Iterator[Case]:
    for _ in range(18):
        spawned = pick.random() < 0.4
        node = {"id": "n", "type": "exec", "command": pick.choice(["echo", "sh -c 'echo out; echo err >&2; exit 3'" if not spawned else "echo", "cat /no/such/file" if not spawned else "false", "true"]), "addpay": pick.choice(["", "payload", "topic"]), "append": pick.choice(["", "more"]), "useSpawn": "true" if spawned else "false", "timer": "", "oldrc": pick.random() < 0.3, "winHide": False, "wires": [["h1"], ["h2"], ["h3"]]}  # fmt: skip
        yield flow(
            [node],
            [["n", {"payload": pick.choice(["hi", 5, "a b"]), "topic": "tt"}]],
            ["h1", "h2", "h3"],
            loose=["pid"],
        )


def files(pick: random.Random) -> Iterator[Case]:
    for number in range(40):
        name = f"{{DIR}}/{number}/x.txt" if number % 4 == 0 else f"{{DIR}}/x{number}.txt"
        entries: list[Entry] = [
            {"id": "n", "type": "file", "filename": name, "filenameType": "str", "appendNewline": pick.random() < 0.5, "createDir": number % 4 == 0 or pick.random() < 0.7, "overwriteFile": pick.choice(["true", "false", "false"]), "encoding": pick.choice(["none", "utf8", "latin1"]), "wires": [["h1"]]},
            {"id": "r", "type": "file in", "filename": pick.choice([name, "{DIR}/missing"]) if number % 5 == 0 else name, "filenameType": "str", "format": pick.choice(["utf8", "lines", "", "stream"]), "chunk": False, "sendError": False, "encoding": "none", "allProps": pick.random() < 0.5, "wires": [["h2"]]},
            {"id": "x", "type": "file", "filename": name, "filenameType": "str", "overwriteFile": "delete", "encoding": "none", "wires": [["h1"]]},
        ]  # fmt: skip
        injected = [["n", msg(pick, pick.choice(BODIES))], ["n", msg(pick, "more\nlines")], ["r", {"topic": "rt"}]]
        if pick.random() < 0.3:
            injected += [["x", {"payload": 1}], ["r", {}]]
        yield flow(entries, injected, ["h1", "h2"], wait=200, pause=80)


def websockets(pick: random.Random) -> Iterator[Case]:
    for number in range(16):
        whole = asked = pick.choice(["false", "true"])
        entries: list[Entry] = [
            {"id": "l", "config": True, "type": "websocket-listener", "path": f"/ws{number}", "wholemsg": whole},
            {"id": "w", "config": True, "type": "websocket-client", "path": f"ws://127.0.0.1:{{HTTP}}/ws{number}", "tls": "", "wholemsg": asked, "hb": "0", "subprotocol": ""},
            {"id": "i", "type": "websocket in", "server": "l", "client": "", "wires": [["h1", "fn"]]},
            {"id": "fn", "type": "function", "func": "msg.payload = 'got ' + (typeof msg.payload === 'object' ? JSON.stringify(msg.payload) : msg.payload);" + pick.choice(["", " delete msg._session;"]) + " return msg", "outputs": 1, "wires": [["o"]]},
            {"id": "o", "type": "websocket out", "server": "l", "client": "", "wires": []},
            {"id": "j", "type": "websocket in", "server": "", "client": "w", "wires": [["h2"]]},
            {"id": "n", "type": "websocket out", "server": "", "client": "w", "wires": []},
        ]  # fmt: skip
        messages = [["n", msg(pick, pick.choice(BODIES))] for _ in range(2)]
        yield flow(entries, messages, ["h1", "h2"], loose=["_session"], settle=250, pause=60)


def watches(pick: random.Random) -> Iterator[Case]:
    for number in range(10):
        recursive = pick.random() < 0.5
        below = recursive and pick.random() < 0.5
        entries: list[Entry] = [
            {"id": "n", "type": "file", "filename": "{DIR}/sub/x.txt" if below else "{DIR}/x.txt", "filenameType": "str", "appendNewline": True, "createDir": True, "overwriteFile": ["true", "false"][number % 2], "encoding": "none", "wires": [["h2"]]},
            {"id": "w", "type": "watch", "files": "{DIR}", "recursive": recursive, "wires": [["h1"]]},
        ]  # fmt: skip
        yield flow(entries, [["n", {"payload": "one"}]], ["h1", "h2"], settle=300, pause=300)


def udps(pick: random.Random) -> Iterator[Case]:
    for number in range(24):
        named = number % 3 == 0  # by the msg
        entries: list[Entry] = [
            {"id": "i", "type": "udp in", "iface": "", "port": "{P1}", "ipv": "udp4", "multicast": "false", "group": "", "datatype": ["utf8", "buffer", "base64"][number % 3], "wires": [["h1"]]},
            {"id": "n", "type": "udp out", "addr": "" if named else pick.choice(["127.0.0.1", "localhost"]), "port": "" if named else "{P1}", "iface": "", "ipv": "udp4", "outport": "", "base64": pick.random() < 0.3, "multicast": "false", "wires": []},
        ]  # fmt: skip
        there = {"ip": "127.0.0.1", "port": "{P1}"} if named and pick.random() < 0.8 else {}
        messages = [["n", msg(pick, pick.choice([*BODIES, "aGVsbG8="]), **there)] for _ in range(3)]
        yield flow(entries, messages, ["h1"], loose=["fromip", "port"], settle=100, pause=40)


GENERATORS = (https, tcps, mqtts, execs, files, websockets, watches, udps, staying)


def real_cases(seed: int = 11) -> Iterator[Case]:
    """Yield every case that needs real time."""
    for generate in GENERATORS:
        pick = random.Random(f"{seed}-{generate.__name__}")
        for number, made in enumerate(generate(pick)):
            made["name"] = f"{generate.__name__}-{number}"
            yield made
