"""Nodes for plants from several packages: tail, ping, smooth, cron-plus; and what devices need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flowengine.nodered.entries import Entry
from flowengine.nodered.fitting import escaped
from flowengine.nodered.palette.stand import Stand, number, refused, text, whole

_LINE_ENDS: Final = ("", "[\\r]{0,1}\\n", "\\r?\\n", "\\n", "[\r]{0,1}\n", "\n")


def _tail(entry: Entry) -> Stand:
    if not text(entry, "filename", 4000):
        return Stand("", placeholder="which file it follows is said by its messages; files/tail names its file")
    if text(entry, "filetype") == "binary":
        return Stand("", placeholder="it follows a binary file; files/tail follows text")
    lost = () if text(entry, "split") in _LINE_ENDS else ("split",)
    options = {"file": escaped(text(entry, "filename", 4000)), "interval": 0.1}
    return Stand("files/tail", options, ("",), lost=lost, changed=("empty lines are sent, too",))


def _ping(entry: Entry) -> Stand:
    options: dict[str, Any] = {"host": escaped(text(entry, "host", 1000))}
    if text(entry, "protocol") in ("IPv4", "IPv6"):
        options["protocol"] = text(entry, "protocol")
    if entry.get("mode") == "triggered":
        return Stand("nodered/ping-request", options, ("1",))
    options["timer"] = min(86400.0, max(1.0, number(entry, "timer", 20)))
    return Stand("nodered/ping", options, ("1",))


def _smooth(entry: Entry) -> Stand:
    options: dict[str, Any] = {
        "action": text(entry, "action") or "mean",
        "count": whole(entry, "count", 10, 1, 100_000),
    }
    options["round"] = "" if entry.get("round") in (False, None, "", "false") else str(whole(entry, "round", 0, 0, 20))
    options["mult"] = "multi" if entry.get("mult") == "multi" else "single"
    options["reduce"] = entry.get("reduce") is True
    options["property"] = escaped(text(entry, "property", 1000) or "payload")
    return Stand("nodered/smooth", options, ("1",))


def _cron_plus(entry: Entry) -> Stand:
    schedules, lost = [], []
    given = entry.get("options")
    for each in given if isinstance(given, list) else []:
        if not isinstance(each, dict):
            continue
        name = text(each, "name") or text(each, "topic")
        if text(each, "expressionType") not in ("", "cron") or not text(each, "expression"):
            lost.append(f"the schedule {name!r} (of kind {text(each, 'expressionType') or 'cron'})")
            continue
        kept = {"name": name, "topic": text(each, "topic", 1000), "expression": text(each, "expression", 200)}
        kind = text(each, "payloadType") or "default"
        if kind in ("default", "date", "str", "num", "bool", "json", "bin", "env", "flow", "global"):
            kept |= {"payload": each.get("payload", ""), "payloadType": kind}
        else:
            lost.append(f"the payload of {name!r}")
        schedules.append(kept)
    lost += [key for key in ("persistDynamic",) if entry.get(key) is True]
    options = {"schedules": escaped(schedules), "outputField": escaped(text(entry, "outputField") or "payload")}
    if text(entry, "timeZone"):
        options["timeZone"] = text(entry, "timeZone")
    changed = ("it takes no commands by messages; a message that comes to it is not heard",)
    return Stand("nodered/cron-plus", options, ("1",), lost=tuple(lost), changed=changed)


_UA: Final = "OPC UA: there is no such connection here yet; endpoint and node ids are kept"
_S7: Final = "S7: there is no such connection here yet; address and variables are kept"

STANDS: Final[dict[str, Callable[[Entry], Stand]]] = {
    "tail": _tail,
    "ping": _ping,
    "smooth": _smooth,
    "cronplus": _cron_plus,
    **{kind: refused(_UA) for kind in ("OpcUa-Client", "OpcUa-Item", "OpcUa-Browser", "OpcUa-Server", "OpcUa-Event",
                                        "OpcUa-Method", "OpcUa-Rights", "OpcUa-Discovery")},
    **{kind: refused(_S7) for kind in ("s7 in", "s7 out", "s7 control")},
}  # fmt: skip
