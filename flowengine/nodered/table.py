"""Which node type stands for which type of Node-RED: the only place that names them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

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

CONNECTIONS: Final[Mapping[str, str]] = {
    "mqtt-broker": "mqtt/broker",
    "websocket-listener": "nodered/websocket-listener",
    "websocket-client": "nodered/websocket-client",
}
"""Configuration nodes."""

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
}
"""Option of Node-RED -> option here, where the names differ."""

NEAREST: Final[Mapping[str, str]] = {
    "modbus-read": "modbus/read",
    "modbus-getter": "modbus/request",
    "modbus-flex-getter": "modbus/request",
    "modbus-write": "modbus/write",
    "modbus-flex-write": "modbus/write",
    "modbus-client": "the connection modbus/device",
    "modbus-response": "debug/log",
    "tail": "files/tail",
    "cronplus": "timing/schedule",
    "smooth": "windows/window",
    "ui_button": "dashboard/button",
    "ui_chart": "dashboard/chart",
    "ui_gauge": "dashboard/gauge",
    "ui_slider": "dashboard/slider",
    "ui_switch": "dashboard/switch",
    "ui_text": "dashboard/text",
    "ui_text_input": "dashboard/text-input",
    "ui_numeric": "dashboard/number",
    "ui_led": "dashboard/lamp",
    "ui_table": "dashboard/table",
    "ui-button": "dashboard/button",
    "ui-chart": "dashboard/chart",
    "ui-gauge": "dashboard/gauge",
    "ui-slider": "dashboard/slider",
    "ui-switch": "dashboard/switch",
    "ui-text": "dashboard/text",
    "ui-text-input": "dashboard/text-input",
    "ui-number-input": "dashboard/number",
    "ui-led": "dashboard/lamp",
    "ui-table": "dashboard/table",
    "counter": "debug/counter",
    "PID": "control/pid",
}
"""What comes nearest to a node that there is none for."""
