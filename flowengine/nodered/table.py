"""Which node type stands for which type of Node-RED: the only place that names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

NODES: Final[Mapping[str, str]] = {
    **{
        name: "nodered/" + name.replace(" ", "-")
        for name in (
            "inject", "debug", "complete", "catch", "status", "link in", "link out", "link call", "junction",
            "function", "switch", "change", "range", "template", "delay", "trigger", "exec",
            "mqtt in", "mqtt out", "http in", "http response", "http request",
            "websocket in", "websocket out", "tcp in", "tcp out", "tcp request", "udp in", "udp out",
            "split", "join", "sort", "batch", "csv", "html", "json", "xml", "yaml", "file", "file in", "watch",
        )
    },
    "rbe": "nodered/filter",
}  # fmt: skip
"""Nodes that stand on a tab."""

DYNAMIC: Final = {"mqtt in": "nodered/mqtt-subscriber"}
"""Nodes that are others where messages come to them (`inputs`: 1)."""


def ours(entry: Mapping[str, Any]) -> str | None:
    """Return the node type that stands for an entry; None: there is none."""
    kind = str(entry["type"])
    return DYNAMIC[kind] if kind in DYNAMIC and entry.get("inputs") == 1 else NODES.get(kind)


CONNECTIONS: Final[Mapping[str, str]] = {
    "mqtt-broker": "mqtt/broker",
    "websocket-listener": "nodered/websocket-listener",
    "websocket-client": "nodered/websocket-client",
    "modbus-client": "modbus/device",
    "influxdb": "notify/service",
    "sqlitedb": "sql/database",
    "postgreSQLConfig": "sql/database",
    "MySQLdatabase": "sql/database",
}
"""Configuration nodes."""

INLINED: Final = frozenset({"tls-config", "http proxy"})
"""Configuration nodes whose settings stand in the options of the nodes that name them."""

UNKNOWN: Final = "nodered/unknown"
UNKNOWN_CONNECTION: Final = "nodered/configuration"
ENVIRONMENT: Final = "nodered/environment"
JUNCTION: Final = "nodered/junction"
LINK_IN: Final = "nodered/link-in"
LINK_OUT: Final = "nodered/link-out"
SUBFLOW_STATUS: Final = "nodered/subflow-status"

ORDER: Final = ("NODE_RED_ORDER", "asynchronous")
"""The variable that keeps Node-RED's order of messages."""

OPTIONS: Final[Mapping[str, str]] = {
    "outputs": "ports",
    "start": "start_value",
    "as": "output",
    "drop": "dropping",
    "group": "group_address",
    "end": "close",
    "from": "searched",
}
"""Option of Node-RED -> option here, where the names differ."""

_NO_S7: Final = "modbus/read, where the PLC gives its values by Modbus TCP too, or mqtt/subscribe behind a gateway"
_NO_OPC_UA: Final = "mqtt/subscribe, where the server publishes (OPC UA PubSub, or a gateway), or modbus/read"

NEAREST: Final[Mapping[str, str]] = {
    "modbus-flex-sequencer": "modbus/read with several points",
    "modbus-flex-connector": "one connection modbus/device for each device",
    "tail": "files/tail",
    "influxdb": "a connection notify/service",
    "influxdb out": "influx/write",
    "influxdb batch": "influx/write",
    "e-mail": "notify/email",
    **{
        kind: "sql/query, or sql/write"
        for kind in ("sqlite", "mysql", "postgres", "postgresql", "MSSQL", "stackhero-mysql")
    },
    **{kind: "the connection sql/database" for kind in ("sqlitedb", "MySQLdatabase", "postgresdb", "postgreSQLConfig")},
    "ui_chart": "dashboard/chart",
    "ui-chart": "dashboard/chart",
    "ui_dropdown": "dashboard/text-input with choices",
    "ui-dropdown": "dashboard/text-input with choices",
    "ui-radio-group": "dashboard/text-input with choices",
    "ui_form": "one dashboard/text-input or dashboard/number for each field",
    "ui-form": "one dashboard/text-input or dashboard/number for each field",
    "ui_template": "dashboard/text, dashboard/value or dashboard/table",
    "ui-template": "dashboard/text, dashboard/value or dashboard/table",
    "ui-markdown": "dashboard/text",
    "ui-progress": "dashboard/gauge",
    "ui_toast": "dashboard/alarms",
    "ui-notification": "dashboard/alarms",
    "ui-button-group": "one dashboard/button for each",
    **{kind: _NO_S7 for kind in ("s7 in", "s7 out", "s7 control", "s7 endpoint")},
    **{kind: _NO_OPC_UA for kind in ("OpcUa-Client", "OpcUa-Item", "OpcUa-Event", "OpcUa-Browser", "OpcUa-Endpoint")},
    "modbus-server": "mqtt/publish for those who read there, or modbus/write into a device that they read",
    "counter": "debug/counter",
    "PID": "control/pid",
}
"""What comes nearest to a node that there is none for."""
