"""InfluxDB's line protocol: one text line a point.

`measurement,tag=value field=value time`, as InfluxDB's documentation ("Line protocol") says: commas, spaces and equals
signs escaped with a backslash in names and tag values, commas and spaces in measurements, quotes and backslashes in
texts; integers end in `i`; no line break anywhere but in texts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from flowengine import BadData
from flowengine_nodes.values.convert import shown

_MEASUREMENT = str.maketrans({",": "\\,", " ": "\\ ", "\n": "\\ ", "\r": "\\ ", "\t": "\\ "})
_KEY = _MEASUREMENT | str.maketrans({"=": "\\="})
_TEXT = str.maketrans({'"': '\\"', "\\": "\\\\"})


def line(measurement: str, tags: Mapping[str, str], fields: Mapping[str, Any], time: float) -> str:
    """Return the line of one point; `time` in seconds since 1970, written in microseconds.

    Tags that are empty and fields that are null or not finite are left out, since InfluxDB has neither.

    Raises:
        BadData: there is no measurement, nothing is left of the fields, or a value is neither number, text nor boolean.
    """
    if not measurement:
        raise BadData("the point has no measurement: set one, or give the message a topic")
    written = [f"{_key(name)}={_field(name, value)}" for name, value in fields.items() if _is_there(value)]
    if not written:
        raise BadData("the point has no field: the payload is null, not finite, or an object of such")
    head = "".join(f",{_key(name)}={_key(value)}" for name, value in sorted(tags.items()) if value)
    return f"{_ended(measurement.translate(_MEASUREMENT))}{head} {','.join(written)} {round(time * 1e6)}"


def _is_there(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))


def _key(text: str) -> str:
    if not text:
        raise BadData("a tag or field has an empty name")
    return _ended(text.translate(_KEY))


def _ended(text: str) -> str:
    if text.endswith("\\"):
        raise BadData(f"'{text:.60}' ends in a backslash, which would escape what follows: InfluxDB cannot have that")
    return text


def _field(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if -(2**63) <= value < 2**63:
            return f"{value}i"
        raise BadData(f"field '{name:.60}' is an integer of more than 64 bits")
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return f'"{value.translate(_TEXT)}"'
    raise BadData(f"field '{name:.60}' is {shown(value)}: expected a number, a text or true/false")
