"""node-red-contrib-modbus: its clients are connections `modbus/device`, its nodes have their like in `nodered/`.

Where a flex-write writes is said by its messages: the guard asks the envelope about each place that comes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flowengine.nodered.entries import Entry
from flowengine.nodered.palette.stand import CAUGHT, Stand, number, refused, text, whole

_READ: Final = {"Coil": "coil", "Input": "discrete", "HoldingRegister": "holding", "InputRegister": "input"}
_WRITE: Final = {"Coil": "coil", "MCoils": "coil", "HoldingRegister": "holding", "MHoldingRegisters": "holding"}
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DEVICE: Final = {"connection": "server"}
_BOTH: Final = ("1", "2")


def _place(entry: Entry, table: str) -> dict[str, Any]:
    bits = table in ("coil", "discrete")
    unit = whole(entry, "unitid", 1, 0, 255)
    return {
        "unit": unit,
        "table": table,
        "address": whole(entry, "adr", 0, 0, 65535),
        **({} if bits else {"data_type": "raw"}),
        "count": whole(entry, "quantity", 1, 1, 2000 if bits else 125),
    }


def _lost(entry: Entry) -> tuple[str, ...]:
    return tuple(key for key in ("useIOFile", "useIOForPayload", "enableDeformedMessages") if entry.get(key) is True)


def _read(entry: Entry) -> Stand:
    table = _READ.get(text(entry, "dataType"), "holding")
    interval = number(entry, "rate", 10) * _SECONDS.get(text(entry, "rateUnit") or "s", 1.0)
    options = {**_place(entry, table), "interval": round(min(max(interval, 0.01), 86400), 6)}
    if text(entry, "topic"):
        options["topic"] = text(entry, "topic", 1000)
    if entry.get("delayOnStart") is True:
        options["start_delay"] = whole(entry, "startDelayTime", 10, 0, 86400)
    return Stand("nodered/modbus-read", _failing(entry, options), _BOTH, _DEVICE, lost=_lost(entry), changed=(CAUGHT,))


def _failing(entry: Entry, options: dict[str, Any]) -> dict[str, Any]:
    if entry.get("emptyMsgOnFail") is True:
        options["empty_on_failure"] = True
    return options


def _getter(entry: Entry) -> Stand:
    options = _failing(entry, _place(entry, _READ.get(text(entry, "dataType"), "holding")))
    if entry.get("keepMsgProperties") is True:
        options["keep"] = True
    return Stand("nodered/modbus-getter", options, _BOTH, _DEVICE, lost=_lost(entry), changed=(CAUGHT,))


def _flex_getter(entry: Entry) -> Stand:
    options = _failing(entry, {"keep": True} if entry.get("keepMsgProperties") is True else {})
    return Stand("nodered/modbus-flex-getter", options, _BOTH, _DEVICE, lost=_lost(entry), changed=(CAUGHT,))


def _write(entry: Entry) -> Stand:
    kind = text(entry, "dataType") or "HoldingRegister"
    several = kind.startswith("M")
    table = _WRITE.get(kind, "holding")
    options = _place(entry, table)
    options["unit"] = max(1, options["unit"])
    if several:
        options["function"] = "multiple"
    else:
        options["count"] = 1
        if table == "holding":
            options["data_type"] = "uint16"
    return Stand(
        "nodered/modbus-write",
        options,
        (),
        _DEVICE,
        changed=("the guard lets a write through only inside the envelope; nothing follows a write: " + CAUGHT,),
    )


def _flex_write(entry: Entry) -> Stand:
    changed = (
        "the guard lets a write through only where the envelope lists the place that the message names, and refuses "
        "what is beyond its limits; nothing follows a write: " + CAUGHT,
    )
    return Stand("nodered/modbus-flex-write", {}, (), _DEVICE, lost=_lost(entry), changed=changed)


def _response(entry: Entry) -> Stand:
    shown = {"active": True, "tosidebar": False, "tostatus": True, "complete": "payload.data"}
    return Stand("nodered/debug", shown)


STANDS: Final[dict[str, Callable[[Entry], Stand]]] = {
    "modbus-read": _read,
    "modbus-getter": _getter,
    "modbus-flex-getter": _flex_getter,
    "modbus-write": _write,
    "modbus-response": _response,
    "modbus-flex-write": _flex_write,
    "modbus-server": refused("there is no Modbus server here"),
}

_PARITY: Final = {"none": "none", "even": "even", "odd": "odd"}


def device_options(entry: Entry) -> tuple[dict[str, Any], list[str]]:
    """Return the options of a connection `modbus/device` for a modbus-client, and the names of what was lost."""
    options: dict[str, Any] = {}
    lost: list[str] = []
    if text(entry, "clienttype") in ("", "tcp"):
        kind = text(entry, "tcpType") or "DEFAULT"
        if kind in ("TCP-RTU-BUFFERED", "TELNET", "C701"):
            options["transport"] = "rtu-over-tcp"
        if kind in ("TELNET", "C701", "UDP"):
            lost.append(f"tcpType {kind}")
        options["host"] = text(entry, "tcpHost", 255) or "127.0.0.1"
        options["port"] = whole(entry, "tcpPort", 502, 1, 65535)
    else:
        options["transport"] = "rtu"
        options["serial_port"] = text(entry, "serialPort", 255) or "/dev/ttyUSB0"
        options["baudrate"] = whole(entry, "serialBaudrate", 9600, 300, 4_000_000)
        options["bytesize"] = whole(entry, "serialDatabits", 8, 7, 8)
        options["stopbits"] = whole(entry, "serialStopbits", 1, 1, 2)
        options["parity"] = _PARITY.get(text(entry, "serialParity"), "none")
        if text(entry, "serialType").upper().startswith("ASCII"):
            lost.append("serialType ASCII")
    options["timeout"] = min(60.0, max(0.05, number(entry, "clientTimeout", 1000) / 1000))
    if number(entry, "commandDelay", 1) > 1:
        options["delay"] = min(10.0, number(entry, "commandDelay", 1) / 1000)
    if number(entry, "reconnectTimeout", 2000) != 2000:
        options["reconnect_max"] = min(600.0, max(0.2, number(entry, "reconnectTimeout", 2000) / 1000))
    return options, lost
