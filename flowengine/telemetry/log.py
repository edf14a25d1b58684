"""The log: one line for each event, with flow and node, for people or as JSON."""

from __future__ import annotations

import datetime
import logging
import sys
from typing import Literal

import msgspec

Form = Literal["text", "json"]


_HARMLESS = {number: f"\\x{number:02x}" for number in (*range(32), 127) if chr(number) not in "\t\n"} | {10: "\n    "}
"""Names and values are strangers' texts: none may steer the terminal, or look like a line of its own."""


class _Text(logging.Formatter):
    """`12:30:01 WARNING oven-control/heater: no answer from unit 1`."""

    def format(self, record: logging.LogRecord) -> str:
        place = "/".join(part for part in (getattr(record, "flow", ""), getattr(record, "node", "")) if part)
        text = record.getMessage()
        if place and not text.startswith(place):
            text = f"{place}: {text}"
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC).strftime("%H:%M:%S")
        cause = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return f"{moment} {record.levelname:7} {text.translate(_HARMLESS)}{cause}"


class _Json(logging.Formatter):
    """One JSON object a line: time, level, logger, flow, node, text."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "flow": getattr(record, "flow", ""),
            "node": getattr(record, "node", ""),
            "text": record.getMessage(),
        }
        if record.exc_info:
            line["cause"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def log_to_stderr(form: Form = "text", level: str = "info") -> None:
    """Send the log to standard error; standard output stays free for results."""
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(_Json() if form == "json" else _Text())
    root = logging.getLogger()
    root.handlers[:] = [stream]
    root.setLevel(level.upper())
    logging.getLogger("pymodbus").setLevel("CRITICAL")  # it logs each lost frame with a dump; the node reports instead
