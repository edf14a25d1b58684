"""Node-RED's csv node."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from flowengine_nodes.nodered import csv_text
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.message import MISSING, Msg

Flag = bool | str


class Csv(RedTransform, type="nodered/csv"):
    """Read CSV into objects, or write objects and lists as CSV.

    Its options have Node-RED's names, and it does what Node-RED's csv node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "csv"

    spec: Annotated[Literal["", "rfc"], Meta(description="rfc: by RFC 4180; empty: as older versions did")] = ""
    sep: Annotated[str, Meta(description="What stands between the columns")] = ","
    hdrin: Annotated[Flag, Meta(description="The first line names the columns")] = False
    hdrout: Annotated[Flag, Meta(description="Write the names: none, all, once")] = "none"
    multi: Annotated[str, Meta(description="one: a message for each line; mult: one with all lines")] = "one"
    ret: Annotated[str, Meta(description="What ends a line that is written")] = ""
    temp: Annotated[str, Meta(description="Names of the columns, with commas between")] = ""
    skip: Annotated[float | str, Meta(description="Lines to leave out at the start")] = 0
    strings: Annotated[Flag, Meta(description="Read numbers as numbers")] = True
    include_empty_strings: Annotated[Flag, Meta(description="Keep empty texts")] = False
    include_null_values: Annotated[Flag, Meta(description="Keep empty columns as null")] = False

    def begin(self) -> None:
        """Read the options."""
        self._rfc = self.spec == "rfc"
        self._sep = (self.sep or ",").replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r")
        ending = self.ret or ("\r\n" if self._rfc else "\n")
        self._end = ending.replace("\\n", "\n").replace("\\r", "\r")
        self._sent = False
        skip = js.parse_float(self.skip or 0)
        self._skip = int(skip) if skip == skip else 0
        self._store: list[Any] = []
        self._warned = False
        self._headers = ("all" if self.hdrout else "none") if isinstance(self.hdrout, bool) else self.hdrout
        self._mark = ","
        """What separates the stated names; after a line of names has been read it is that line's separator."""
        self._names = self._stated()
        self._none = self._names == [""]
        flags = (self.strings is True, self.include_null_values is True, self.include_empty_strings is True)
        self._flags = (bool(self.strings), bool(self.include_null_values), bool(self.include_empty_strings))
        self._old = csv_text.OldReader(self._sep, flags[0], self._flags[1], self._flags[2])
        self._old.names, self._old.named = self._names, not self._none

    def _stated(self) -> list[str]:
        return csv_text.header(self.temp, ",") if self._rfc else csv_text.old_header(self.temp, self._mark)

    def receive(self, msg: Msg) -> None:
        """Read or write."""
        if "reset" in msg:
            self._sent = False
        payload = msg.get("payload", MISSING)
        if payload is MISSING:
            if "reset" not in msg:
                self.send(msg)
        elif isinstance(payload, str):
            self._read(msg, payload)
        elif js.type_of(payload) == "object":
            self._write(msg, payload)
        elif self._rfc:
            raise RedError("Error: This node only handles CSV strings or js objects.")
        else:
            self.warn("This node only handles CSV strings or js objects.")
        self.finished(msg)

    # --- reading ---

    def _read(self, msg: Msg, text: str) -> None:
        parts = msg["parts"] if isinstance(msg.get("parts"), dict) else None
        index = parts.get("index", 0) if parts is not None else 0
        first = not (parts is not None and js.is_number(index) and index > self._skip)
        last = parts is not None and "count" in parts and index + 1 >= parts["count"]
        at = self._skipped(text, index, first)
        if at is None:
            return
        body = text[at:] if self._rfc else text
        breaks = body.count("\n") + body.count("\r")
        if parts is not None and self.multi == "mult" and breaks > 1:
            first = True
        found, columns = self._rows(text, at, first)
        if self.multi != "one":
            self._send_all(msg, parts, found, columns, breaks)
        else:
            self._send_each(msg, parts, found, columns, last)

    def _skipped(self, text: str, index: Any, first: bool) -> int | None:
        """Return where reading begins; None: there is nothing left to read."""
        line, at = index, 0
        if not (first and self._skip > 0 and line < self._skip):
            return 0
        ends = "\r\n" if self._rfc else "\n"
        while at < len(text) and line < self._skip:
            line += text[at] in ends
            at += 1
        return None if self._rfc and at >= len(text) else at

    def _rows(self, text: str, at: int, first: bool) -> tuple[list[dict[str, Any]], str]:
        if not self._rfc:
            return self._old_rows(text, at, first)
        if first and self.hdrin is True:
            rows, at = csv_text.read(text, self._sep, strict=True, one=True, at=at)
            self._names = [cell or "" for cell in rows[0]] if rows else []
        rows, _ = csv_text.read(text, self._sep, at=at)
        names = self._names
        if not names or names == [""]:
            names = [f"col{n + 1}" for n in range(len(rows[0]))] if rows else []
        found = [made for row in rows if (made := csv_text.as_object(row, names, *self._flags))]
        return found, ",".join(csv_text.quoted(name, ",") for name in names if name)

    def _old_rows(self, text: str, at: int, first: bool) -> tuple[list[dict[str, Any]], str]:
        if first and self.hdrin is True:
            self._mark = self._sep
            end = next((i for i in range(at, len(text)) if text[i] in "\r\n"), None)
            if end is None:
                if at < len(text):
                    self._old.take_header(text[at:])
                at = len(text)
            else:
                self._old.take_header(text[at:end])
                at = end + 1
        found, whole = self._old.rows(text, at)
        self._names = self._old.names
        if not whole:
            self.warn("Warning: csv string has unbalanced quotes")
        return found, ",".join(f'"{name}"' if "," in name else name for name in self._old.names if name)

    def _send_all(self, msg: Msg, parts: Any, found: list[Any], columns: str, breaks: int) -> None:
        if parts is None or breaks > 1:
            self.send({**msg, "columns": columns, "payload": found})
            return
        self._store += found if self._rfc else found[-1:]
        if parts.get("index", 0) + 1 == parts.get("count"):
            out = {**msg, "payload": self._store, "columns": columns}
            del out["parts"]
            self._store = []
            self.send(out)

    def _send_each(self, msg: Msg, parts: Any, found: list[Any], columns: str, last: bool) -> None:
        for number, value in enumerate(found):
            new = {**msg, "columns": columns, "payload": value}
            if parts is None:
                new["parts"] = {"id": msg.get("_msgid"), "index": number, "count": len(found)}
            else:
                less = self._skip + bool(self.hdrin)
                moved = {key: parts[key] - less for key in ("index", "count") if js.is_number(parts.get(key))}
                new["parts"] = {**parts, **moved}
            if last:
                new["complete"] = True
            self.send(new)
        if parts is not None and last and not found:
            self.send({"complete": True})

    # --- writing ---

    def _write(self, msg: Msg, payload: Any) -> None:
        rows: list[Any] = payload if isinstance(payload, list) else [payload]
        titled = rows
        lists = (
            bool(rows) and isinstance(payload, list) and (isinstance(rows[0], list) or js.type_of(rows[0]) != "object")
        )
        if isinstance(payload, list) and rows and js.type_of(rows[0]) != "object":
            rows = [rows]
            titled = rows if self._rfc else payload
        parts = msg.get("parts")
        if not (self._none and isinstance(parts, dict) and js.is_number(parts.get("index")) and parts["index"] > 0):
            self._names = self._stated()
            self._old.named = self._names != [""]
        out: list[str] = []
        if self._headers != "none" and not self._sent:
            if self._names == [""]:
                self._names = self._given(msg) if "columns" in msg else _keys(titled)
            out.append(self._sep.join(self._title(name) for name in self._names))
            self._sent = self._headers == "once"
        for row in rows:
            out.append(self._list(row) if lists or isinstance(row, list) else self._object(msg, row, rows))
        text = self._end.join(out) + self._end
        columns = self._columns()
        self._old.names = self._names
        self.send({**msg, "payload": text, "columns": columns} if columns is not None else {**msg, "payload": text})

    def _given(self, msg: Msg) -> list[str]:
        text, self._mark = js.text(msg["columns"] or ""), ","
        return csv_text.header(text, ",") if self._rfc else csv_text.old_header(text, ",")

    def _title(self, name: str) -> str:
        if self._rfc:
            return csv_text.quoted(name, self._sep)
        return f'"{name}"' if self._sep in name else name

    def _columns(self) -> str | None:
        if self._rfc:
            return ",".join(csv_text.quoted(name, ",") for name in self._names if name)
        return ",".join(f'"{name}"' if "," in name else name for name in self._names)

    def _list(self, row: Any) -> str:
        cells = row if isinstance(row, list) else [row]
        if not self._rfc:
            if any(cell is None for cell in cells):
                raise RedError("TypeError: Cannot read properties of null (reading 'toString')")
            return self._sep.join(self._cell("" if cell is MISSING else js.text(cell)) for cell in cells)
        if self._names != [""]:
            return self._sep.join(
                self._cell(ensured(cells[n] if n < len(cells) else "")) if name else ""
                for n, name in enumerate(self._names)
            )
        return self._sep.join(self._cell(ensured(cell)) for cell in cells)

    def _object(self, msg: Msg, row: Any, rows: list[Any]) -> str:
        if self._names == [""] and "columns" in msg:
            self._names = self._given(msg)
        if self._names == [""]:
            if not self._warned:
                self._warned = True
                self.warn("Converting objects to CSV without a template: the columns follow the first object")
            first = rows[0] if isinstance(rows[0], dict) else {}
            if self._rfc:
                self._names = list(row) if isinstance(row, dict) and row else [""]
            values = [row[key] for key in first if isinstance(row, dict) and key in row]
            return self._sep.join(self._cell(js.text(each)) for each in values if js.type_of(each) != "object")
        if row is None:
            raise RedError("TypeError: Cannot read properties of null")
        return self._sep.join(self._cell(ensured(row.get(name, ""))) if name else "" for name in self._names)

    def _cell(self, text: str) -> str:
        return csv_text.quoted(text, self._sep, "\r\n" if self._rfc else "\n")


def _keys(rows: list[Any]) -> list[str]:
    if not rows or rows[0] is None:
        raise RedError("TypeError: Cannot convert undefined or null to object")
    first = rows[0]
    if isinstance(first, list | str):
        return [str(n) for n in range(len(first))]
    return list(first) if isinstance(first, dict) else []


def ensured(value: Any) -> str:
    """Return a value as `RED.util.ensureString` does."""
    if isinstance(value, dict | list) or value is None:
        return js.stringify(value)
    return js.text(value)
