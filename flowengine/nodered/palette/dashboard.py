"""node-red-dashboard (`ui_...`) and Dashboard 2 (`ui-...`): their widgets are ours on the operators' pages.

A display passes its messages on. A control of ours has no input: it shows what the display named in `reads` shows. What
came to it in Node-RED comes to such a display beside it, `NAME-shown`, as does what the control sends: so it shows the
newest of both, as in Node-RED, and no way back from a machine closes a loop. What came to a button, and pressed it,
comes to a node beside it, `NAME-pressed`, which sends what the button sends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from flowengine.flow.model import NodeSpec
from flowengine.nodered.entries import Entry
from flowengine.nodered.fitting import escaped
from flowengine.nodered.palette.stand import Stand, number, text, title, typed, whole

LAYOUT: Final = (
    "ui_base", "ui_tab", "ui_group", "ui_link", "ui_spacer",
    "ui-base", "ui-page", "ui-group", "ui-theme", "ui-link", "ui-spacer",
)  # fmt: skip
"""Configuration nodes that arrange the widgets."""

_CHANGE: Final = "nodered/change"
_ON: Final = ("",)
_FORMAT = re.compile(r"\s*\{\{\s*(?:msg\.payload|value)\s*(?:\|\s*number\s*:\s*(\d))?\s*\}\}\s*([^{}<>]{0,20})\Z")
_GREEN_TO_RED: Final = (["#00b500", "#e6e600", "#ca3838"], ["#5cd65c", "#ffc800", "#ea5353"])
_STATES: Final = {"red": "alarm", "orange": "warning", "yellow": "warning", "amber": "warning", "green": "active"}


def _format(entry: Entry) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return unit and decimals of a format such as `{{msg.payload | number:1}} bar`."""
    given = text(entry, "format", 500)
    if not given.strip():
        return {}, ()
    found = _FORMAT.match(given)
    if found is None:
        return {}, ("format",)
    options: dict[str, Any] = {"unit": found[2].strip()} if found[2].strip() else {}
    return {**options, **({"decimals": int(found[1])} if found[1] else {})}, ()


def _value_of(entry: Entry, *keys: str) -> tuple[str, ...]:
    """Return those settings of Dashboard 2 that show something else than the payload."""
    return tuple(key for key in keys if entry.get(key) not in (None, "", "payload", "msg.payload"))


def _text(entry: Entry) -> Stand:
    options, lost = _format(entry)
    return Stand("dashboard/value", {**title(entry, "label"), **options}, _ON, lost=lost + _value_of(entry, "value"))


def _scale(entry: Entry, low: float, high: float) -> tuple[dict[str, Any], tuple[str, ...]]:
    low, high = number(entry, "min", low), number(entry, "max", high)
    return ({"low": low, "high": high}, ()) if low < high else ({}, ("min", "max"))


def _zones(entry: Entry, high: float) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Return where warning and alarm begin, if the colours go from green over yellow to red."""
    segments = entry.get("segments")
    if isinstance(segments, list):
        parts = [each for each in segments if isinstance(each, dict)]
        colours = [text(each, "color").lower() for each in parts]
        starts = [number(each, "from", high) for each in parts]
    else:
        given = entry.get("colors")
        colours = [str(each).lower() for each in given] if isinstance(given, list) else []
        if entry.get("seg1") in ("", None) and entry.get("seg2") in ("", None):
            return [], ()
        starts = [number(entry, "min", 0), number(entry, "seg1", high), number(entry, "seg2", high)]
    if colours not in _GREEN_TO_RED or starts != sorted(set(starts)) or len(starts) != 3:
        return [], ("segments",) if isinstance(segments, list) else ("seg1", "seg2", "colors")
    return [{"state": "warning", "low": starts[1], "high": starts[2]}, {"state": "alarm", "low": starts[2]}], ()


def _gauge(entry: Entry) -> Stand:
    scale, lost = _scale(entry, 0, 10)
    zones, uncoloured = _zones(entry, scale.get("high", 100))
    unit = text(entry, "units" if "units" in entry else "label", 20)
    options = {**title(entry, "title"), **scale, **({"unit": unit} if unit not in ("", "units") else {})}
    if zones:
        options["zones"] = zones
    decimals, unformatted = _format(entry)
    options |= {key: value for key, value in decimals.items() if key not in options}
    return Stand("dashboard/gauge", options, _ON, lost=lost + uncoloured + unformatted + _value_of(entry, "value"))


def _chart(entry: Entry) -> Stand:
    kind = text(entry, "chartType") or "line"
    if kind not in ("line", "scatter", "area"):
        return Stand("", placeholder=f"charts of kind {kind} are not there; dashboard/chart shows lines over time")
    options: dict[str, Any] = title(entry, "label")
    span = number(entry, "removeOlder", 1) * number(entry, "removeOlderUnit", 3600)
    options["span"] = min(604_800.0, max(10.0, span))
    bounds = {ours: number(entry, key, 0) for ours, key in (("low", "ymin"), ("high", "ymax")) if text(entry, key)}
    if len(bounds) < 2 or bounds["low"] < bounds["high"]:
        options |= bounds
    points = whole(entry, "removeOlderPoints", 0, 20, 2000)
    lost = _value_of(entry, "yAxisProperty")
    if entry.get("category") not in (None, "", "topic"):
        lost += ("category",)
    return Stand("dashboard/chart", {**options, **({"points": points} if points else {})}, _ON, lost=lost)


def _table(entry: Entry) -> Stand:
    columns = entry.get("columns")
    names = [text(each, "field") or text(each, "key") for each in columns if isinstance(each, dict)] if isinstance(
        columns, list) else []  # fmt: skip
    names = [name for name in names if name][:30]
    rows = whole(entry, "maxrows", 200, 1, 200)
    return Stand(
        "dashboard/table", {**title(entry, "label"), **({"columns": names} if names else {}), "rows": rows}, _ON
    )


def _led(entry: Entry) -> Stand:
    rules: list[dict[str, Any]] = []
    lost: tuple[str, ...] = ()
    given = entry.get("colorForValue") or entry.get("states")
    for each in given if isinstance(given, list) else []:
        try:
            value = typed(each["value"], each.get("valueType"))
        except (ValueError, KeyError, TypeError, AttributeError):
            lost = ("colorForValue",)
            continue
        rules.append({"value": value, "state": _STATES.get(text(each, "color").lower(), "off")})
    return Stand("dashboard/lamp", {**title(entry, "label"), **({"rules": rules} if rules else {})}, _ON, lost=lost)


# --- controls ---


def _control(kind: str, entry: Entry, options: dict[str, Any], lost: tuple[str, ...] = ()) -> Stand:
    """Return a control with what takes its messages: it shows them, and passes them on if the entry did."""
    told = entry.get("decouple") not in (True, "true")  # a switch may show its input alone
    beside = NodeSpec(type="dashboard/value", options=title(entry, "label"))
    stand = _sending(kind, entry, options, lost)
    return replace(stand, beside=beside, reads=True, told=told, through=_set(entry, "passthru"))


def _set(entry: Entry, key: str) -> bool:
    return entry.get(key) in (True, "true")


def _sending(kind: str, entry: Entry, options: dict[str, Any], lost: tuple[str, ...]) -> Stand:
    """Return a control, with the topic that it sends."""
    shown = {**title(entry, "label"), **options}
    if entry.get("topicType", "msg") == "str" and text(entry, "topic"):
        shown["topic"] = text(entry, "topic", 1000)
    elif entry.get("topicType", "msg") not in ("str", "msg"):
        lost += ("topic",)
    return Stand(kind, shown, _ON, lost=lost)


def _button(entry: Entry) -> Stand:
    lost: tuple[str, ...] = ()
    try:
        value = typed(entry.get("payload"), entry.get("payloadType"))
    except ValueError:
        value, lost = "", ("payload",)
    label = text(entry, "label", 40)
    worded = {"label": label} if label and "{{" not in label and "<" not in label else {}
    stand = _sending("dashboard/button", entry, {**worded, "value": value}, lost)
    if not (_set(entry, "passthru") or _set(entry, "emulateClick")):
        return stand
    sent = {"payload": value, **({"topic": stand.options["topic"]} if "topic" in stand.options else {})}
    rules = [{"t": "set", "p": key, "pt": "msg", "to": json.dumps(to), "tot": "json"} for key, to in sent.items()]
    return replace(stand, beside=NodeSpec(type=_CHANGE, options={"rules": escaped(rules)}), through=True)


def _slider(entry: Entry) -> Stand:
    options, lost = _scale(entry, 0, 10)
    step = number(entry, "step", 1)
    if options and 0 < step <= options["high"] - options["low"]:
        options["step"] = step
    elif options:
        options["step"] = (options["high"] - options["low"]) / 100
        lost += ("step",)
    return _control("dashboard/slider", entry, options, lost)


def _numeric(entry: Entry) -> Stand:
    options, lost = _scale(entry, 0, 10)
    return _control("dashboard/number", entry, options, lost)


def _switch(entry: Entry) -> Stand:
    try:
        on = typed(entry.get("onvalue", True), entry.get("onvalueType", "bool"))
        off = typed(entry.get("offvalue", False), entry.get("offvalueType", "bool"))
        if on == off and isinstance(on, bool) == isinstance(off, bool):
            raise ValueError(on)
    except ValueError:
        return _control("dashboard/switch", entry, {}, ("onvalue", "offvalue"))
    return _control("dashboard/switch", entry, {"on": on, "off": off})


def _text_input(entry: Entry) -> Stand:
    mode = text(entry, "mode") or "text"
    return _control("dashboard/text-input", entry, {"length": 2000}, () if mode == "text" else ("mode",))


def _choice(entry: Entry) -> Stand:
    given = entry.get("options")
    choices = [each.get("value") for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    if not choices or entry.get("multiple") is True or not all(isinstance(each, str) and each for each in choices):
        return Stand("", placeholder="dashboard/text-input offers a choice of texts, of which one is sent")
    return _control("dashboard/text-input", entry, {"choices": choices[:100]})


_WIDGETS: Final[dict[str, Callable[[Entry], Stand]]] = {
    "button": _button,
    "chart": _chart,
    "gauge": _gauge,
    "slider": _slider,
    "switch": _switch,
    "text": _text,
    "text_input": _text_input,
    "numeric": _numeric,
    "number_input": _numeric,
    "dropdown": _choice,
    "radio_group": _choice,
    "table": _table,
    "led": _led,
}

STANDS: Final[dict[str, Callable[[Entry], Stand]]] = {
    **{f"ui_{name}": make for name, make in _WIDGETS.items()},
    **{f"ui-{name.replace('_', '-')}": make for name, make in _WIDGETS.items()},
}
