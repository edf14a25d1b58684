"""The log: one line for each event, with flow and node, for people or as JSON."""

from __future__ import annotations

import datetime
import logging
import sys
from typing import Any, Literal

import msgspec

from flowengine.telemetry.log_limit import Limited
from flowengine.telemetry.secrecy import hidden, without_secrets

Form = Literal["text", "json"]


_HARMLESS = {number: f"\\x{number:02x}" for number in (*range(32), 127) if chr(number) not in "\t\n"} | {10: "\n    "}
"""Names and values are strangers' texts: none may steer the terminal, or look like a line of its own."""


class _Text(logging.Formatter):
    """`12:30:01 WARNING oven-control/heater: no answer from unit 1`, with every secret in use blacked out."""

    def format(self, record: logging.LogRecord) -> str:
        place = "/".join(part for part in (getattr(record, "flow", ""), getattr(record, "node", "")) if part)
        text = record.getMessage()
        if place and not text.startswith(place):
            text = f"{place}: {text}"
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC).strftime("%H:%M:%S")
        cause = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return hidden(f"{moment} {record.levelname:7} {text.translate(_HARMLESS)}{cause}")


class _Json(logging.Formatter):
    """One JSON object a line, with every secret in use blacked out.

    time (RFC 3339, UTC, milliseconds), level, logger, text; flow, node, message (its id), error (its type), cause
    (a traceback) and more (of how many lines of its node this is the last) where there are any.
    """

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        line: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        for name in ("flow", "node", "message_id", "error", "more"):
            value = getattr(record, name, None)
            if value:
                line["message" if name == "message_id" else name] = value
        line["text"] = record.getMessage()
        if record.exc_info:
            kind = record.exc_info[0]
            line.setdefault("error", kind.__name__ if kind is not None else "")
            line["cause"] = self.formatException(record.exc_info)
        return without_secrets(_encoded(line)).decode()


def _encoded(line: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(line)
    except UnicodeEncodeError:  # half of a pair: no JSON can carry it
        whole = {name: str(value).encode("utf-8", "replace").decode() for name, value in line.items()}
        return msgspec.json.encode(whole)


def log_to_stderr(form: Form = "text", level: str = "info") -> None:
    """Send the log to standard error; standard output stays free for results.

    As JSON each node has a few lines a second; further ones are counted.
    """
    stream: logging.Handler = logging.StreamHandler(sys.stderr)
    stream.setFormatter(_Json() if form == "json" else _Text())
    root = logging.getLogger()
    root.handlers[:] = [Limited(stream) if form == "json" else stream]
    root.setLevel(level.upper())
    logging.getLogger("pymodbus").setLevel("CRITICAL")  # it logs each lost frame with a dump; the node reports instead
