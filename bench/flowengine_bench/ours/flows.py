"""The same flows as in `nodered/flows.py` and `nodered/modbus_flows.py`, on our own nodes."""

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

FlowFile = dict[str, Any]

GROUP = ("set unit", "switch", "range", "set quality")
REGISTERS = 10
LOOP_PERIOD_S = 0.02
CHAIN = 20


@dataclass(frozen=True)
class Bursts:
    """How the source sends: `samples` rates are taken, each over `bursts` drained bursts of `burst` messages."""

    samples: int
    bursts: int
    burst: int


def node(type_: str, **options: Any) -> dict[str, Any]:
    """A node."""
    return {"type": type_, "options": options}


def flow(nodes: dict[str, Any], wires: Sequence[tuple[str, str]], **further: Any) -> FlowFile:
    """A flow file."""
    ends = [{"from": source, "to": target} for source, target in wires]
    return {"flowengine": 1, "name": "bench", **further, "nodes": nodes, "wires": ends}


def _line(nodes: dict[str, Any]) -> list[tuple[str, str]]:
    """Wires from each node to the next."""
    names = list(nodes)
    return list(itertools.pairwise(names))


def _set(target: str, value: str) -> dict[str, Any]:
    return node("values/change", rules=[{"property": target, "to": value}])


def _transform(kind: str, of: str = "payload") -> dict[str, Any]:
    """One node of the group; switch and range look at the message property `of`."""
    if kind == "set unit":
        return _set("unit", "degC")
    if kind == "set quality":
        return _set("quality", "good")
    if kind == "switch":
        return node("routing/switch", property=of, rules=[{"operator": "gte", "value": 0}])
    return node("values/range", property=of, input_low=0, input_high=4095, output_low=0, output_high=100)


def _measured(transforms: dict[str, Any], size: Bursts) -> FlowFile:
    """Source, transforms in a row, counter."""
    nodes = {"source": node("bench/source", **asdict(size)), **transforms, "counter": node("debug/counter")}
    return flow(nodes, _line(nodes))


def chain(count: int, size: Bursts) -> FlowFile:
    """Source, the group of four over and over, and a counter: `count` nodes with it, one before it at least."""
    return _measured({f"n{index}": _transform(GROUP[index % 4]) for index in range(max(1, count - 1))}, size)


def brought_over(entries: list[dict[str, Any]], size: Bursts) -> FlowFile:
    """A flow of Node-RED, imported; its own source and counter are exchanged for ours."""
    from flowengine.flow.file import to_data
    from flowengine.nodered.conversion import Wishes, convert
    from flowengine.registry import Registry

    made = to_data(convert(entries, Registry.discover(), Wishes(native=True)).flows["bench"])
    nodes = {
        **made["nodes"],
        "bench-source": node("bench/source", **asdict(size)),
        "bench-counter": node("debug/counter"),
    }
    wires = [{**wire, "from": wire["from"].replace("bench-source.1", "bench-source")} for wire in made["wires"]]
    return {**made, "nodes": nodes, "wires": wires}


def function(size: Bursts) -> FlowFile:
    """A Python node that converts degrees Celsius to Fahrenheit."""
    return _measured({"convert": node("values/python", code="return msg.with_payload(msg.payload * 1.8 + 32)")}, size)


def expression(size: Bursts) -> FlowFile:
    """The same conversion as an expression."""
    return _measured({"convert": node("values/expression", expression="payload * 1.8 + 32")}, size)


def fanout(branches: int, size: Bursts) -> FlowFile:
    """A nested message of ten leaves to many change nodes."""
    changes = {f"n{index}": _set("unit", "degC") for index in range(branches)}
    nodes = {"source": node("bench/source", shape="nested", **asdict(size)), **changes}
    wires = [("source", name) for name in changes] + [(name, "counter") for name in changes]
    return flow({**nodes, "counter": node("debug/counter")}, wires)


def mqtt(port: int, qos: int, topic_in: str = "bench/in", topic_out: str = "bench/out") -> FlowFile:
    """MQTT in, json, range over `payload.value`, change, switch, MQTT out (which itself writes objects as JSON)."""
    nodes = {
        "in": node("mqtt/subscribe", connection="broker", topic=topic_in, qos=qos, data_type="text"),
        "parse": node("formats/json", action="parse"),
        "scale": _transform("range", of="payload.value"),
        "mark": _set("payload.quality", "good"),
        "pass": _transform("switch", of="payload.value"),
        "out": node("mqtt/publish", connection="broker", topic=topic_out, qos=qos, retain=False),
    }
    broker = {"type": "mqtt/broker", "options": {"host": "127.0.0.1", "port": port}}
    return flow(nodes, _line(nodes), connections={"broker": broker})


def stored(port: int) -> FlowFile:
    """The same with a counter, so that it is checkpointed, and a session that the broker keeps: nothing may be lost."""
    nodes = {
        "in": node("mqtt/subscribe", connection="broker", topic="bench/in", qos=1, data_type="json"),
        "scale": _transform("range", of="payload.value"),
        "count": node("debug/counter", property="payload.count"),
        "pass": _transform("switch", of="payload.value"),
        "out": node("mqtt/publish", connection="broker", topic="bench/out", qos=1, retain=False),
    }
    session = {"client_id": "bench", "clean_start": False, "session_expiry": 3600}
    broker = {"type": "mqtt/broker", "options": {"host": "127.0.0.1", "port": port, **session}}
    return flow(nodes, _line(nodes), connections={"broker": broker})


def poll(ports: Sequence[int]) -> FlowFile:
    """Ten registers of each device, asked again as soon as it has answered."""
    reads = {
        f"get{port}": node("modbus/read", connection=f"device{port}", address=0, count=REGISTERS, interval=0)
        for port in ports
    }
    wires = [(name, "rate") for name in reads]
    return flow(
        {**reads, "rate": node("bench/rate")}, wires, connections={f"device{port}": _device(port) for port in ports}
    )


def loop(port: int) -> FlowFile:
    """Read every 20 ms, compute one value in a Python node, write it to a register of the same device."""
    code = "return msg.with_payload(round(msg.payload[0] * 1.8 + 32) & 0xFFFF)"
    nodes = {
        "read": node("modbus/read", connection="device", address=0, count=REGISTERS, interval=LOOP_PERIOD_S),
        "compute": node("values/python", code=code),
        "write": node("modbus/write", connection="device", address=100),
        "rate": node("bench/rate"),
    }
    wires = [("read", "compute"), ("compute", "write"), ("read", "rate")]
    return flow(nodes, wires, connections={"device": _device(port)})


def _device(port: int) -> dict[str, Any]:
    return {"type": "modbus/device", "options": {"host": "127.0.0.1", "port": port}}


def idle() -> FlowFile:
    """One inject at start and a node that says when it came: the smallest flow that does something."""
    inject = node("timing/inject", send="value", value=1, once=True, once_delay=0.001)
    return flow({"inject": inject, "first": node("bench/first")}, [("inject", "first")])


def large(count: int) -> FlowFile:
    """`count` nodes in chains of twenty: something to deploy. Each begins with a source, so that all of it runs."""
    nodes: dict[str, Any] = {}
    wires: list[tuple[str, str]] = []
    for index in range(count):
        place = index % CHAIN
        nodes[f"n{index}"] = _transform(GROUP[place % 4]) if place else node("timing/inject")
        if place:
            wires.append((f"n{index - 1}", f"n{index}"))
    return flow(nodes, wires)
