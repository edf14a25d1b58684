"""Node-RED's csv node."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedTransform
from flowengine_nodes.nodered.csv_text import read, split_header
from flowengine_nodes.nodered.message import MISSING, Msg

_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*\Z")
_LEADING_ZERO = re.compile(r"\s*[-+]?0\d")


class Csv(RedTransform, type="nodered/csv"):
    """Read CSV into objects, or write objects and lists as CSV."""

    red: ClassVar[str] = "csv"

    spec: Annotated[Literal["", "rfc"], Meta(description="rfc: by RFC 4180; empty: as older versions did")] = ""
    sep: Annotated[str, Meta(description="What stands between the columns")] = ","
    quo: Annotated[str, Meta(description="What stands around texts")] = '"'
    hdrin: Annotated[bool | str, Meta(description="The first line names the columns")] = False
    hdrout: Annotated[str | bool, Meta(description="Write the names: none, all, once")] = "none"
    multi: Annotated[str, Meta(description="one: a message for each line; mult: one with all lines")] = "one"
    ret: Annotated[str, Meta(description="What ends a line that is written")] = "\\n"
    temp: Annotated[str, Meta(description="Names of the columns, with commas between")] = ""
    skip: Annotated[float | str, Meta(description="Lines to leave out at the start")] = 0
    strings: Annotated[bool | str, Meta(description="Read numbers as numbers")] = True
    include_empty_strings: Annotated[bool | str, Meta(description="Keep empty texts")] = ""
    include_null_values: Annotated[bool | str, Meta(description="Keep empty columns as null")] = ""

    def begin(self) -> None:
        """Read the options."""
        self._sep = (self.sep or ",").replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r")
        self._end = (self.ret or "\\n").replace("\\n", "\n").replace("\\r", "\r")
        self._columns = split_header(self.temp, ",", self.quo)
        self._header_sent = False
        self._skip = int(js.number(self.skip) or 0)
        self._store: list[Any] = []

    def receive(self, msg: Msg) -> None:
        """Read or write."""
        payload = msg.get("payload", MISSING)
        if "reset" in msg:
            self._header_sent = False
        if payload is MISSING:
            if "reset" not in msg:
                self.send(msg)
            self.done(msg)
        elif isinstance(payload, str):
            self._read(msg, payload)
        elif isinstance(payload, dict | list):
            self._write(msg, payload)
        else:
            self.warn("This node only handles CSV strings or js objects.")
            self.done(msg)

    # --- reading ---

    def _read(self, msg: Msg, text: str) -> None:
        lines, index = self._skip, -1
        parts = msg.get("parts")
        if isinstance(parts, dict) and js.is_number(parts.get("index")):
            index = int(parts["index"])
            if index > lines:
                lines = 0
        rows = read(text, self._sep, self.quo, self.spec == "rfc", lines)
        columns = self._columns
        if self._flag(self.hdrin) and index <= 0 and rows:
            columns = [_clean(cell) for cell in rows.pop(0)]
            self._read_columns = columns
        elif self._flag(self.hdrin) and index > 0:
            columns = getattr(self, "_read_columns", columns)
        objects = [made for row in rows if (made := self._object(row, columns)) is not None]
        names = self._names(columns, rows)
        if self.multi != "one":
            out = {key: value for key, value in msg.items() if key != "parts"} if False else dict(msg)
            if isinstance(parts, dict) and js.is_number(parts.get("count")) and js.is_number(parts.get("index")):
                self._store += objects
                if parts["index"] + 1 == parts["count"]:
                    out.update(payload=self._store, columns=names)
                    self._store = []
                    del out["parts"]
                    self.send(out)
            else:
                out.update(payload=objects, columns=names)
                self.send(out)
        else:
            has = isinstance(parts, dict) and "index" in parts
            for number, value in enumerate(objects):
                new = {**msg, "columns": names, "payload": value}
                if not has:
                    new["parts"] = {"id": msg.get("_msgid"), "index": number, "count": len(objects)}
                self.send(new)
        self.done(msg)

    def _names(self, columns: list[str], rows: list[list[Any]]) -> str:
        named = [name for name in columns if name]
        if not named and rows:
            named = [f"col{i + 1}" for i in range(len(rows[0]))]
        return ",".join(_quoted_name(name, self._sep) for name in named)

    def _object(self, row: list[Any], columns: list[str]) -> dict[str, Any] | None:
        made: dict[str, Any] = {}
        named = any(columns)
        for position, cell in enumerate(row):
            name = (columns[position] if position < len(columns) else "") if named else f"col{position + 1}"
            if not name:
                continue
            value = self._value(cell)
            if value is not MISSING:
                made[name] = value
        return made or None

    def _value(self, cell: Any) -> Any:
        text, quoted = (cell, False) if isinstance(cell, str) else cell
        if not quoted and self._flag(self.strings) and _NUMBER.match(text) and not _LEADING_ZERO.match(text):
            return js.number(text)
        if text == "":
            if quoted or not self._flag(self.include_null_values):
                return "" if self._flag(self.include_empty_strings) else (None if False else MISSING)
            return None
        return text

    def _flag(self, value: Any) -> bool:
        return value is True or value == "true"

    # --- writing ---

    def _write(self, msg: Msg, payload: Any) -> None:
        rows = payload if isinstance(payload, list) else [payload]
        out: list[str] = []
        columns = [name for name in self._columns]
        if not any(columns) and isinstance(msg.get("columns"), str):
            columns = split_header(msg["columns"], ",", self.quo)
        simple = bool(rows) and not any(isinstance(row, dict | list) for row in rows)
        if simple:
            rows = [rows]
        if not any(columns):
            columns = []
            for row in rows:
                if isinstance(row, dict):
                    columns += [key for key in row if key not in columns and not isinstance(row[key], dict | list)]
        if self.hdrout in ("all", True, "true") or (self.hdrout == "once" and not self._header_sent):
            if any(columns):
                out.append(self._sep.join(_quoted_name(name, self._sep) for name in columns))
            self._header_sent = True
        for row in rows:
            if isinstance(row, list):
                cells = row
            elif isinstance(row, dict):
                cells = [row.get(name, MISSING) if name else MISSING for name in columns]
            else:
                cells = [row]
            out.append(self._sep.join(self._cell(cell) for cell in cells))
        text = self._end.join(out) + self._end if out else ""
        self.send(
            {**msg, "payload": text, "columns": ",".join(_quoted_name(c, self._sep) for c in columns)}
            if any(columns)
            else {**msg, "payload": text}
        )
        self.done(msg)

    def _cell(self, value: Any) -> str:
        if value is MISSING or value is None:
            return ""
        text = js.stringify(value) if isinstance(value, dict | list) else js.text(value)
        if self.quo and self.quo in text:
            return self.quo + text.replace(self.quo, self.quo * 2) + self.quo
        if self._sep in text or "\n" in text or "\r" in text:
            return self.quo + text + self.quo
        return text


def _clean(cell: Any) -> str:
    text = cell if isinstance(cell, str) else cell[0]
    return text.strip()  # type: ignore[no-any-return]


def _quoted_name(name: str, sep: str) -> str:
    return f'"{name}"' if "," in name or sep in name else name
