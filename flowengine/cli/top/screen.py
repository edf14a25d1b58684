"""Draws what is shown: a head, a table of flows or nodes, the keys. It fits 80 columns and 24 lines."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

from rich.console import Group
from rich.table import Table
from rich.text import Text

from flowengine.cli.drawing import QUIET, count, harmless, mark, row_of_three
from flowengine.cli.top.rows import Order, Process, Row, Shown, chosen

AROUND: Final = 5
"""Lines that are not rows: head, its second line, a problem, column heads, keys."""


What = Literal["flows", "nodes", "processes"]
NEXT: Final[dict[What, What]] = {"flows": "nodes", "nodes": "processes", "processes": "flows"}


@dataclass
class View:
    """What its user has chosen to see."""

    what: What = "flows"
    order: Order = "name"
    reverse: bool = False
    wanted: str = ""
    typing: bool = False
    """Whether keys go into `wanted`."""
    first: int = 0
    """How far it is scrolled."""
    paused: bool = False


def screen(shown: Shown, view: View, width: int, height: int | None, problem: str = "") -> Group:
    """Return the whole screen; without a height all rows."""
    rows: list[Row] | list[Process]
    if view.what == "processes":
        rows = [one for one in shown.processes if view.wanted.casefold() in f"{one.name} {one.why}".casefold()]
    else:
        rows = chosen(shown.nodes if view.what == "nodes" else shown.flows, view.order, view.reverse, view.wanted)
    if height is not None:
        room = max(1, height - AROUND)
        view.first = max(0, min(view.first, len(rows) - room))
        rows = rows[view.first : view.first + room]
    table = _TABLES[view.what](rows)
    nothing = " all flows run in the main process" if view.what == "processes" else " no flow runs"
    empty = [] if rows else [Text(" nothing of that name" if view.wanted else nothing, QUIET)]
    filled = [Text("")] * (room - max(1, len(rows))) if height is not None else []
    foot = [_keys(view)] if height is not None else []
    return Group(_head(shown), _figures(shown), _trouble(shown, problem), table, *empty, *filled, *foot)


def _head(shown: Shown) -> Table:
    row = row_of_three()
    moment = datetime.datetime.fromtimestamp(shown.at, datetime.UTC).astimezone().strftime("%H:%M:%S")
    row.add_row(
        Text(" flowengine top ", "bold white on blue"),
        Text(f" {harmless(shown.address)}  {harmless(shown.version)}", QUIET, overflow="ellipsis", no_wrap=True),
        Text(f"up {_span(shown.up)}  {moment} ", "bold"),
    )
    return row


def _figures(shown: Shown) -> Text:
    late = "bold red" if shown.lag > 0.5 else "bold yellow" if shown.lag > 0.05 else "bold"
    idle = sum(row.text != "" and row.level == "error" for row in shown.flows)
    flows = f"{len(shown.flows)} flow{'s' * (len(shown.flows) != 1)}"
    return Text.assemble(
        (f" {number(shown.rate)} msg/s", "bold"), "  ", (flows, "bold red" if idle else "bold"),
        f", {len(shown.nodes):,} nodes  lag ", (_time(shown.lag), late), f"  {shown.memory / 1e6:,.0f} MB  ",
        count("faults", shown.faults, "red"), "  ", count("dead letters", shown.dead_letters, "yellow"),
        no_wrap=True, overflow="ellipsis",
    )  # fmt: skip


def _trouble(shown: Shown, problem: str) -> Text:
    found = [problem] if problem else []
    found += [f"cannot be stored: {one}" for one in shown.stores]
    found += [f"connection {name}: {text}" for name, text in shown.connections.items()]
    return Text(f" {harmless('; '.join(found))}" if found else "", "bold red", no_wrap=True, overflow="ellipsis")


def _table(*columns: str) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold reverse", expand=True)
    table.add_column("", width=1)
    table.add_column(columns[0], ratio=3, no_wrap=True, overflow="ellipsis", min_width=14)
    for name in columns[1:]:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", ratio=2, no_wrap=True, overflow="ellipsis")
    return table


def _flows(rows: list[Row]) -> Table:
    table = _table("FLOW", "IN/S", "OUT/S", "P50", "P99", "QUEUE", "FAILED", "DROPPED", "STORED")
    for row in rows:
        table.add_row(
            mark(row.level),
            Text(harmless(row.flow)),
            number(row.received),
            number(row.sent),
            _time(row.p50),
            _time(row.p99),
            _queue(row),
            _bad(row.failed, "yellow"),
            _bad(row.dropped, "red"),
            "" if row.stored is None else _time(row.stored),
            _remark(row),
        )
    return table


def _nodes(rows: list[Row]) -> Table:
    table = _table("FLOW/NODE", "IN/S", "OUT/S", "QUEUE", "AGE", "FAILED", "DROPPED", "RETRIED")
    for row in rows:
        table.add_row(
            mark(row.level),
            Text(harmless(f"{row.flow}/{row.node}")),
            number(row.received),
            number(row.sent),
            _queue(row),
            _time(row.age) if row.waiting else "",
            _bad(row.failed, "yellow"),
            _bad(row.dropped, "red"),
            _bad(row.retries + row.restarts, "yellow"),
            _remark(row),
        )
    return table


def _processes(rows: list[Process]) -> Table:
    table = _table("PROCESS OF", "CORES", "OF", "MB", "OF", "HELD", "LAG", "FALLS")
    for row in rows:
        full = row.memory_limit and row.memory / row.memory_limit > 0.8
        falls = ", ".join(f"{count} {reason}" for reason, count in row.falls.items() if count)
        table.add_row(
            mark("ok" if row.up else "error"),
            Text(harmless(row.name)),
            number(row.cores),
            number(row.cpu_limit) if row.cpu_limit else Text("-", QUIET),
            Text(number(row.memory / 1e6), "bold red" if full else ""),
            number(row.memory_limit / 1e6) if row.memory_limit else Text("-", QUIET),
            Text(f"{row.stopped:.0%}", "bold yellow" if row.stopped >= 0.005 else QUIET),
            _time(row.lag),
            _bad(sum(row.falls.values()), "red"),
            Text(harmless(f"{falls}: {row.why}" if falls else ""), "yellow", no_wrap=True, overflow="ellipsis"),
        )
    return table


_TABLES: Final[dict[What, Callable[[Any], Table]]] = {"flows": _flows, "nodes": _nodes, "processes": _processes}


def _remark(row: Row) -> Text:
    drops = [f"{reason} {count:,}" for reason, count in row.drops.items() if count]
    text = "; ".join([*([row.text] if row.text and row.level != "ok" else []), *drops])
    colour = {"error": "red", "warning": "yellow"}.get(row.level, QUIET)
    return Text(harmless(text), colour, no_wrap=True, overflow="ellipsis")


def _queue(row: Row) -> Text:
    full = row.limit and row.waiting / row.limit > 0.8
    return Text(number(row.waiting), "bold red" if full else "" if row.waiting else QUIET)


def _bad(value: int, colour: str) -> Text:
    return Text(number(value), f"bold {colour}" if value else QUIET)


def _keys(view: View) -> Text:
    if view.typing:
        return Text(f" filter: {view.wanted}▏  Enter: keep, Esc: all", "bold", no_wrap=True, overflow="ellipsis")
    way = "↑" if view.reverse != (view.order == "name") else "↓"
    wanted = f"  filter {view.wanted}" if view.wanted else ""
    return Text.assemble(
        (f" sorted by {view.order} {way}{wanted}{'  PAUSED' if view.paused else ''}", "bold"),
        (f"   s: sort  r: turn  n: {NEXT[view.what]}  /: filter  p: pause  ↑↓  q: quit", QUIET),
        no_wrap=True, overflow="ellipsis",
    )  # fmt: skip


def number(value: float) -> str:
    """Return a number in six characters at most, up to a few million millions: 0.25, 12.5, 8,120, 1.25M."""
    for least, size, letter in ((999.5e6, 1e9, "G"), (999.5e3, 1e6, "M"), (99_999.5, 1e3, "k")):
        if value >= least:
            value /= size
            return f"{value:.3g}{letter}" if value < 999.5 else f"{value:,.0f}{letter}"
    if value >= 99.5 or value == int(value):
        return f"{value:,.0f}"
    if value < 0.001:
        return "<0.001"
    return f"{value:.3g}" if value >= 0.01 else f"{value:.2g}"


def _time(seconds: float | None) -> str:
    """Return a time with its unit, in six characters at most."""
    if seconds is None:
        return "-"
    if seconds < 0.9995:
        return f"{seconds * 1000:.3g}ms" if seconds >= 0.0001 or seconds == 0 else "<0.1ms"
    return f"{seconds:.3g}s" if seconds < 100 else _span(seconds)


def _span(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d{hours:02}h"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
