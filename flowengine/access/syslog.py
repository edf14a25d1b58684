"""Entries of the record as syslog lines (RFC 5424), for whoever gathers the logs of a plant."""

from __future__ import annotations

import re
import socket
from typing import Final

import msgspec

from flowengine.access.audit_entry import Entry

FACILITY: Final = 13
"""Log audit (6.2.1)."""
SEVERITY: Final = {"done": 5, "refused": 4, "failed": 3}
"""Notice, warning, error."""
ENTERPRISE: Final = 32473
"""The number that RFC 5612 keeps for examples; flowengine has none of its own."""

_ESCAPED = re.compile(r'(["\\\]])')
_NAME = re.compile(r"[^!-~]")


def syslog_line(entry: Entry, host: str = "") -> str:
    """Return an entry as one line without its end; nothing in it can begin another."""
    fields = {"n": str(entry.n), "who": entry.who, "from": entry.address, "about": entry.about, "result": entry.result}
    data = " ".join(f'{name}="{_value(value)}"' for name, value in fields.items() if value)
    priority, host = FACILITY * 8 + SEVERITY[entry.result], _name(host or socket.gethostname(), 255)
    head = f"<{priority}>1 {entry.time} {host} flowengine -"
    text = msgspec.json.encode(entry.details).decode() if entry.details else ""
    return f"{head} {_name(entry.what, 32)} [audit@{ENTERPRISE} {data}] {text}".rstrip()


def _value(text: str) -> str:
    """Escape a value as 6.3.3 wants it; what is invisible becomes a question mark."""
    plain = "".join(one if one.isprintable() else "?" for one in text)
    return _ESCAPED.sub(r"\\\1", plain)


def _name(text: str, most: int) -> str:
    return _NAME.sub("?", text)[:most] or "-"
