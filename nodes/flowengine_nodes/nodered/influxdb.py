"""The influxdb out and influxdb batch nodes of node-red-contrib-influxdb: our influx/write, with their payloads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import BadData, Message
from flowengine_nodes.influx.line_protocol import line
from flowengine_nodes.influx.write import WriteInflux
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import Name
from flowengine_nodes.values.convert import shown

_SECONDS = {"n": 1e-9, "u": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_INTEGER = re.compile(r"-?\d+i\Z")


class InfluxdbOut(WriteInflux, type="nodered/influxdb-out"):
    """Write into InfluxDB what the influxdb out and influxdb batch nodes of Node-RED take.

    A value becomes the field `value`, an object a field for each of its values, `[fields, tags]` a point with tags,
    `[[fields, tags], …]` several. With `points` the payload is a list of `{measurement, fields, tags, timestamp}`.

    A field `time` is the point's time, in the precision below; without it, it is the message's. `msg.measurement`
    comes before the measurement below. A text such as `5i` is an integer.
    """

    name: Name = ""
    points: Annotated[bool, Meta(description="The payload is a list of points with measurements of their own")] = False
    precision: Annotated[
        Literal["n", "u", "ms", "s", "m", "h"], Meta(description="In which unit times in the payload are")
    ] = "ms"

    def _line(self, msg: Message) -> str:
        points = self._batch(msg) if self.points else self._points_of(msg)
        return "\n".join(points)

    def _points_of(self, msg: Message) -> list[str]:
        measurement = js.text(msg.properties.get("measurement") or self._measurement(msg))
        payload = msg.payload
        if not isinstance(payload, list) or not payload:
            fields = payload if isinstance(payload, dict) else {"value": payload}
            return [self._point(msg, measurement, fields, {})]
        pairs = payload if isinstance(payload[0], list) else [payload]
        return [self._pair(msg, measurement, pair) for pair in pairs]

    def _pair(self, msg: Message, measurement: str, pair: Any) -> str:
        if not isinstance(pair, list) or not pair or not all(isinstance(each, dict) for each in pair):
            raise BadData(f"a point is {shown(pair)}: expected [fields, tags], each an object")
        return self._point(msg, measurement, pair[0], pair[1] if len(pair) > 1 else {})

    def _batch(self, msg: Message) -> list[str]:
        if not isinstance(msg.payload, list) or not msg.payload:
            raise BadData(f"the payload is {shown(msg.payload)}: expected a list of points")
        made = []
        for point in msg.payload:
            fields, tags = (point.get("fields"), point.get("tags") or {}) if isinstance(point, dict) else (None, None)
            if not isinstance(fields, dict) or not isinstance(tags, dict):
                raise BadData(f"a point is {shown(point)}: expected an object with measurement, fields and tags")
            time = point.get("timestamp")
            timed = fields if time is None else {**fields, "time": time}
            made.append(self._point(msg, js.text(point.get("measurement") or ""), timed, tags))
        return made

    def _point(self, msg: Message, measurement: str, fields: Mapping[str, Any], tags: Mapping[str, Any]) -> str:
        kept = {name: self._field(value) for name, value in fields.items() if name != "time"}
        at = fields.get("time")
        if at is not None and (isinstance(at, bool) or not isinstance(at, int | float) or at != at):
            raise BadData(f"the time is {shown(at)}: expected a number")
        time = msg.time if at is None else at * _SECONDS[self.precision]
        return line(measurement, {name: js.text(value) for name, value in tags.items()}, kept, time)

    def _field(self, value: Any) -> Any:
        if isinstance(value, str) and _INTEGER.match(value):
            return float(value[:-1]) if self.version == "1" else int(value[:-1])
        return float(value) if type(value) is int and not self.integers else value
