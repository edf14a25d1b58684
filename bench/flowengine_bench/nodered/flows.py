"""The Node-RED flows under test, as the nodes and settings that a knowledgeable user would choose.

The four transforms of a chain: change sets `msg.unit`, switch passes payloads of 0 and more, range scales 0..4095 to
0..100, change sets `msg.quality`. The counter at the end counts as a node: chain5 is four transforms and the counter.
"""

from dataclasses import asdict, dataclass
from typing import Any

FlowFile = list[dict[str, Any]]

TAB = "tab"
GROUP = ("set unit", "switch", "range", "set quality")


@dataclass(frozen=True)
class Bursts:
    """How a source sends: `samples` rates are taken, each over `sample` messages in drained bursts of `burst`."""

    samples: int
    sample: int
    burst: int


def tab() -> dict[str, Any]:
    """The one tab that all nodes are on."""
    return {"id": TAB, "type": "tab", "label": "bench"}


def node(id_: str, type_: str, to: str | list[str] | None = None, **options: Any) -> dict[str, Any]:
    """A node on the tab, wired to one node or to several."""
    targets = [to] if isinstance(to, str) else to or []
    return {"id": id_, "type": type_, "z": TAB, "name": "", "x": 0, "y": 0, "wires": [targets], **options}


def _set(id_: str, to: str, target: str, value: str, kind: str = "str") -> dict[str, Any]:
    """A change node with one rule: set `msg.<target>` to a string, or to what a JSONata expression gives."""
    rule = {"t": "set", "p": target, "pt": "msg", "to": value, "tot": kind}
    return node(id_, "change", to, rules=[rule])


def _transform(kind: str, id_: str, to: str, of: str = "payload") -> dict[str, Any]:
    """One node of the group; switch and range look at the message property `of`."""
    if kind == "set unit":
        return _set(id_, to, "unit", "degC")
    if kind == "set quality":
        return _set(id_, to, "quality", "good")
    if kind == "switch":
        rules = [{"t": "gte", "v": "0", "vt": "num"}]
        return node(id_, "switch", to, property=of, propertyType="msg", rules=rules, checkall="true", outputs=1)
    return node(
        id_, "range", to, property=of, action="scale", round=False, minin="0", maxin="4095", minout="0", maxout="100"
    )


def _source(to: str | list[str], size: Bursts, shape: str = "number") -> dict[str, Any]:
    branches = 1 if isinstance(to, str) else len(to)
    return node("source", "bench-source", to, shape=shape, branches=branches, **asdict(size))


def chain(nodes: int, size: Bursts) -> FlowFile:
    """Source, the group of four over and over, and a counter: `nodes` with the counter (at least one transform)."""
    count = max(1, nodes - 1)
    following = [f"n{index}" for index in range(1, count)] + ["counter"]
    transforms = [_transform(GROUP[index % 4], f"n{index}", to) for index, to in enumerate(following)]
    return [tab(), _source("n0", size), *transforms, node("counter", "bench-counter")]


def function(size: Bursts) -> FlowFile:
    """A function node that converts degrees Celsius to Fahrenheit."""
    code = "msg.payload = msg.payload * 1.8 + 32\nreturn msg"
    convert = node("convert", "function", "counter", func=code, outputs=1, timeout=0, noerr=0, libs=[])
    return [tab(), _source("convert", size), convert, node("counter", "bench-counter")]


def expression(size: Bursts) -> FlowFile:
    """The same conversion as a JSONata expression in a change node."""
    convert = _set("convert", "counter", "payload", "payload * 1.8 + 32", "jsonata")
    return [tab(), _source("convert", size), convert, node("counter", "bench-counter")]


def condition(size: Bursts) -> FlowFile:
    """A switch node that passes what fulfils a JSONata expression."""
    rules = [{"t": "jsonata_exp", "v": "payload >= 0 and $exists(topic)", "vt": "jsonata"}]
    of = {"property": "payload", "propertyType": "msg", "checkall": "true", "outputs": 1}
    return [
        tab(),
        _source("pass", size),
        node("pass", "switch", "counter", rules=rules, **of),
        node("counter", "bench-counter"),
    ]


def fanout(branches: int, size: Bursts) -> FlowFile:
    """A nested message of ten leaves to many change nodes; Node-RED clones it for every branch but one."""
    ids = [f"n{index}" for index in range(branches)]
    changes = [_set(id_, "counter", "unit", "degC") for id_ in ids]
    source = _source(ids, size, "nested")
    return [tab(), source, *changes, node("counter", "bench-counter")]


def mqtt(port: int, qos: int, topic_in: str = "bench/in", topic_out: str = "bench/out") -> FlowFile:
    """MQTT in, json, range over `payload.value`, change, switch, MQTT out (which itself writes objects as JSON)."""
    broker = {
        "id": "broker",
        "type": "mqtt-broker",
        "name": "",
        "broker": "127.0.0.1",
        "port": str(port),
        "clientid": "",
        "autoConnect": True,
        "usetls": False,
        "protocolVersion": "4",
        "keepalive": "60",
        "cleansession": True,
        "autoUnsubscribe": True,
    }
    read = node("in", "mqtt in", "parse", topic=topic_in, qos=str(qos), datatype="utf8", broker="broker", inputs=0)
    parse = node("parse", "json", "scale", property="payload", action="obj", pretty=False)
    scale = _transform("range", "scale", "mark", of="payload.value")
    mark = _set("mark", "pass", "payload.quality", "good")
    pass_ = _transform("switch", "pass", "out", of="payload.value")
    out = node("out", "mqtt out", topic=topic_out, qos=str(qos), retain="false", broker="broker")
    return [tab(), broker, read, parse, scale, mark, pass_, {**out, "wires": []}]


def idle() -> FlowFile:
    """One inject at start and a node that says when it came: the smallest flow that does something."""
    props = [{"p": "payload"}]
    inject = node("inject", "inject", "first", props=props, repeat="", crontab="", once=True, onceDelay=0.001, topic="")
    return [tab(), {**inject, "payload": "1", "payloadType": "num"}, node("first", "bench-first")]


def large(nodes: int) -> FlowFile:
    """`nodes` transforms in chains of twenty, on one tab: something to deploy."""
    return [tab()] + [
        _transform(GROUP[index % 4], f"n{index}", f"n{index + 1}" if index % 20 < 19 and index + 1 < nodes else "")
        for index in range(nodes)
    ]
