"""What attacks on the two keys have in common: acts that must be refused, and hands in tables and the record."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from flowengine.access.audit_entry import Entry, line_of, read_line
from flowengine.clock import Clock
from flowengine.errors import FlowEngineError
from flowengine.service import Service
from tests.engine.service.governed import Governed

Attack = Callable[[Governed, Service], Awaitable[None]]

OUTCOMES: dict[str, str] = {}
"""Attack -> what refused it."""


async def refused(name: str, act: Awaitable[Any]) -> None:
    """Await an act that must be refused on purpose: not by accident, and not let through."""
    try:
        await act
    except FlowEngineError as error:
        OUTCOMES[name] = str(error)
    else:
        raise AssertionError(f"{name}: nobody has refused it")


def sql(plant: Governed, statement: str, *values: Any) -> None:
    with contextlib.closing(sqlite3.connect(plant.database, isolation_level=None)) as database:
        database.execute(statement, values)


def rows(plant: Governed, query: str, *values: Any) -> list[Any]:
    with contextlib.closing(sqlite3.connect(plant.database)) as database:
        return database.execute(query, values).fetchall()


def newest_lines(plant: Governed) -> tuple[Path, list[bytes]]:
    file = sorted((plant.state / "audit").glob("*.jsonl"))[-1]
    return file, file.read_bytes().splitlines()


def append_forged(plant: Governed, entry: Entry) -> None:
    """Write a line into the record as a program could that knows its form: chained, numbered, with the head moved."""
    file, lines = newest_lines(plant)
    last, digest = read_line(lines[-1])
    line, made = line_of(msgspec.structs.replace(entry, n=last.n + 1, time=last.time, before=digest))
    file.write_bytes(b"\n".join([*lines, line]) + b"\n")
    head = json.dumps({"n": last.n + 1, "sha256": made}, separators=(",", ":")).encode()
    (file.parent / "head").write_bytes(head.ljust(128) + b"\n")


class Shifted(Clock):
    """A clock that somebody has set."""

    by = 0.0

    def now(self) -> float:
        return super().now() + self.by
