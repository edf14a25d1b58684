"""The Modbus flows on node-red-contrib-modbus: its own defaults, or the same with its command buffering off."""

from collections.abc import Sequence
from typing import Any

from flowengine_bench.nodered.flows import FlowFile, node, tab

REGISTERS = 10
LOOP_PERIOD_MS = 20


def poll(ports: Sequence[int], *, buffering: bool, in_flight: int = 1) -> FlowFile:
    """Each device asked again as soon as it has answered, `in_flight` questions at a time."""
    flow = [tab(), node("rate", "bench-rate")]
    for port in ports:
        flow += [
            _client(port, buffering),
            _registers(f"get{port}", "modbus-getter", port, [[f"loop{port}"], []]),
            node(f"loop{port}", "bench-loop", f"get{port}", inFlight=in_flight),
        ]
    return flow


def loop(port: int, *, buffering: bool) -> FlowFile:
    """Read every 20 ms, compute one value in a function node, write it to a register of the same device."""
    code = "msg.payload = Math.round(msg.payload[0] * 1.8 + 32) & 0xffff\nreturn msg"
    read = _registers("read", "modbus-read", port, [["compute"], []])
    write = _registers("write", "modbus-write", port, [["rate"], []])
    return [
        tab(),
        _client(port, buffering),
        {**read, "rate": str(LOOP_PERIOD_MS), "rateUnit": "ms"},
        node("compute", "function", "write", func=code, outputs=1, timeout=0, noerr=0, libs=[]),
        {**write, "adr": "100", "quantity": "1"},
        node("rate", "bench-rate"),
    ]


def _registers(id_: str, type_: str, port: int, wires: list[list[str]]) -> dict[str, Any]:
    options: dict[str, Any] = {"unitid": "1", "dataType": "HoldingRegister", "adr": "0", "quantity": str(REGISTERS)}
    quiet: dict[str, Any] = {
        "showStatusActivities": False,
        "showErrors": False,
        "showWarnings": False,
        "logIOActivities": False,
    }
    return {**node(id_, type_, server=f"client{port}", **options, **quiet), "wires": wires}


def _client(port: int, buffering: bool) -> dict[str, Any]:
    """A modbus-client as the editor makes it; `bufferCommands` is its queue, one command a millisecond at most."""
    return {
        "id": f"client{port}",
        "type": "modbus-client",
        "name": "",
        "clienttype": "tcp",
        "bufferCommands": buffering,
        "stateLogEnabled": False,
        "queueLogEnabled": False,
        "failureLogEnabled": False,
        "tcpHost": "127.0.0.1",
        "tcpPort": str(port),
        "tcpType": "DEFAULT",
        "unit_id": "1",
        "commandDelay": "1",
        "clientTimeout": "1000",
        "reconnectOnTimeout": True,
        "reconnectTimeout": "2000",
        "parallelUnitIdsAllowed": True,
        "showErrors": False,
        "showWarnings": False,
        "showLogs": False,
    }
