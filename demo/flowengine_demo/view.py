"""The live view of the demo in the terminal."""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console, Group
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from flowengine.cli.drawing import LEVELS, OFF, count, row_of_three
from flowengine_demo.chart import bar, columns, resampled
from flowengine_demo.session import Session
from flowengine_demo.summary import Summary
from flowengine_demo.texts import (
    alarm_line,
    alarm_lines,
    colour_of,
    deviation,
    number,
    quality_word,
    table_of_values,
    worst_of,
)

BORDER = "bright_black"
CHART_S = 120.0
"""Plant seconds that a chart shows."""
CHART_SPAN = 20.0
"""degC that the chart of the temperature shows at least."""
SNAPSHOT_S = 1.0
"""Seconds between looks at all counters: values are shown more often than that."""


class View:
    """Draws the session; `rich` draws what has changed."""

    def __init__(self, session: Session, summary: Summary, console: Console) -> None:
        """Take what is to be shown."""
        self._session, self._summary, self._console = session, summary, console
        self._watch = session.watch
        self._clock = session.service.engine.clock
        self._began = self._clock.monotonic()
        self._snapshot: dict[str, Any] = {}
        self._next_snapshot = self._began
        self._counted = (self._began, self._watch.messages)
        self._rate = 0.0
        self._span = CHART_S / session.settings.speed
        self.said: deque[str] = deque(maxlen=50)
        """The log."""

    def render(self) -> Layout:
        """Return the whole screen."""
        self._look()
        layout = Layout()
        layout.split_column(
            Layout(self._head(), size=1 + len(self._session.canvas())),
            Layout(name="body"),
            Layout(self._foot(), size=1),
        )
        layout["body"].split_column(Layout(name="machines", size=self._machines_height()), Layout(name="below"))
        layout["machines"].split_row(Layout(self._oven(), ratio=3), Layout(self._line(), ratio=2))
        layout["below"].split_row(Layout(self._alarms(), ratio=3), Layout(self._health(), ratio=2))
        return layout

    def _machines_height(self) -> int:
        return max(13, min(20, self._console.size.height * 6 // 10))

    def _look(self) -> None:
        now = self._clock.monotonic()
        if now >= self._next_snapshot:
            self._next_snapshot = now + SNAPSHOT_S
            self._snapshot = self._session.service.snapshot()
            before, messages = self._counted
            if now - before >= SNAPSHOT_S:  # at the first look no time has passed in which anything could be counted
                self._rate = (self._watch.messages - messages) / (now - before)
                self._counted = (now, self._watch.messages)

    # --- head and foot ---

    def _head(self) -> Group:
        session = self._session
        broker = f"{session.broker.kind} {session.broker.host}:{session.broker.port}"
        row = row_of_three()
        seconds = int(self._clock.monotonic() - self._began)
        speed = session.settings.speed
        row.add_row(
            Text(" flowengine demo ", "bold white on blue"),
            Text(f" plant :{session.plant.port}  MQTT {broker}", "bright_black", overflow="ellipsis", no_wrap=True),
            Text(f"{f'{speed:g}x  ' if speed != 1 else ''}{seconds // 60:02}:{seconds % 60:02}  Ctrl-C ends ", "bold"),
        )
        canvas = [Text(line, "bold cyan", no_wrap=True, overflow="ellipsis") for line in self._canvas()]
        return Group(row, *canvas)

    def _canvas(self) -> list[str]:
        """Return the lines that say where the canvas is; where there is little room the address alone, but whole."""
        room = self._console.size.width - 1
        return [f" {line}" if len(line) < room else line[line.find("http") :] for line in self._session.canvas()]

    def _foot(self) -> Table:
        nodes = [node for flow in self._snapshot["flows"].values() for node in flow["nodes"].values()]
        failed, dropped = sum(node["failed"] for node in nodes), sum(node["dropped"] for node in nodes)
        letters = self._snapshot["dead_letters"]["kept"]
        row = row_of_three()
        row.add_row(
            Text(f" {self._watch.messages:,} messages  {self._rate:,.0f}/s  ", "bold"),
            Text(self.said[-1] if self.said else "", "bright_black", overflow="ellipsis", no_wrap=True),
            Text.assemble(
                "  ", count("failed", failed, "yellow"), "  ", count("dropped", dropped, "yellow"), "  ",
                count("dead letters", letters, "red"), " ",
            ),
        )  # fmt: skip
        return row

    # --- machines ---

    def _oven(self) -> Panel:
        held, watch = self._summary.held, self._watch
        width, height = self._inside(3), self._machines_height() - 2
        heater, power = watch.value("heater"), watch.value("power")
        controller = watch.value("controller")
        mode = controller["mode"] if isinstance(controller, dict) else ""
        door = watch.value("door")
        rows = table_of_values()
        off = (
            ""
            if held.setpoint is None or held.temperature is None or held.quality == "bad"
            else deviation(held.temperature - held.setpoint)
        )
        tripped = ("oven", "over-temperature") in watch.active
        rows.add_row(
            "Chamber",
            number(held.temperature, 1, colour_of(held)),
            "°C",
            Text.assemble(quality_word(held.quality), f"  {off}"),
        )
        rows.add_row(
            "Setpoint",
            number(held.setpoint, 1),
            "°C",
            Text("TRIPPED: reset it", "bold red") if tripped else Text(mode, "bright_black"),
        )
        rows.add_row("Wanted", number(heater, 1), "%", Text(bar(heater, 100.0, max(8, min(24, width - 28))), "red"))
        rows.add_row(
            "Power",
            number(power, 2),
            "kW",
            Text("door open", "bold yellow") if door else Text("door closed" if door is False else "", "bright_black"),
        )
        chart = self._chart(width, height - 4)
        return Panel(Group(rows, *chart), title="Oven", title_align="left", border_style=BORDER, padding=(0, 1))

    def _chart(self, width: int, height: int) -> list[Text]:
        """Draw the last minutes of the temperature, with a mark at the setpoint."""
        held = self._summary.held
        trend = self._watch.trends.get("temperature")
        if not trend or height < 2:
            return []
        setpoint = held.setpoint or 0.0
        values = resampled(trend, self._clock.now(), self._span, width - 5)
        if not values:
            return []
        low = min(setpoint - CHART_SPAN / 2, *values)
        high = max(setpoint + CHART_SPAN / 2, *values)
        lines = columns(values, width - 5, height, low, high)
        marked = height - 1 - int((setpoint - low) / (high - low) * height) if setpoint else -1
        shown = []
        for row, line in enumerate(lines):
            colour = "red" if ("oven", "over-temperature") in self._watch.active else "cyan"
            label = (
                f"{setpoint:4.0f}◂"
                if row == marked
                else f"{high if row == 0 else low:4.0f} "
                if row in (0, height - 1)
                else "     "
            )
            shown.append(Text.assemble((line, colour), (label, "green" if row == marked else "bright_black")))
        return shown

    def _line(self) -> Panel:
        watch = self._watch
        figures, cycle = watch.value("performance"), watch.value("cycle")
        figures, cycle = figures if isinstance(figures, dict) else {}, cycle if isinstance(cycle, dict) else {}
        share = figures.get("good_share")
        state, width = watch.value("state"), self._inside(2)
        rows = table_of_values()
        rows.add_row(
            "State",
            Text(str(state or "-"), {"running": "green", "fault": "bold red"}.get(str(state), "yellow")),
            "",
            "",
        )
        rows.add_row("Speed", number(figures.get("pieces_per_min"), 1), "/min", "")
        rows.add_row("Good", number(None if share is None else share * 100, 1), "%", "")
        rows.add_row(
            "Cycle",
            number(cycle.get("mean"), 2),
            "s",
            Text(f"±{cycle['stddev']:.2f}", "bright_black") if cycle.get("stddev") else "",
        )
        spindle, vibration = watch.latest.get("spindle"), watch.latest.get("vibration")
        rows.add_row(
            "Spindle",
            number(spindle and spindle.payload, 1),
            "°C",
            quality_word(spindle.quality, brief=True) if spindle else "",
        )
        rows.add_row(
            "Vibration",
            number(vibration and vibration.payload, 2),
            "mm/s",
            quality_word(vibration.quality, brief=True) if vibration else "",
        )
        trend = resampled(watch.trends.get("vibration", ()), self._clock.now(), self._span, width)
        height = self._machines_height() - 2 - 6
        chart = (
            [Text(line, "magenta") for line in columns(trend, width, height, 0.0, max([5.0, *trend]))] if trend else []
        )
        return Panel(Group(rows, *chart), title="Press line", title_align="left", border_style=BORDER, padding=(0, 1))

    # --- alarms and health ---

    def _alarms(self) -> Panel:
        watch = self._watch
        height = self._console.size.height - 2 - self._machines_height() - 2
        standing = sorted(watch.active.values(), key=lambda event: -event.time)
        past = [event for event in reversed(watch.alarms) if event not in standing]
        roomy = 2 * len(standing) <= height
        lines = [line for event in standing for line in alarm_lines(event, roomy)]
        lines += [alarm_line(event) for event in past]
        title = Text.assemble("Alarms ", (f"{len(standing)} active", "bold red")) if standing else Text("Alarms")
        body = Group(*lines[: max(1, height)]) if lines else Text("none yet", "bright_black")
        border = "red" if standing else BORDER
        return Panel(body, title=title, title_align="left", border_style=border, padding=(0, 1))

    def _health(self) -> Panel:
        rows = Table.grid(expand=True, padding=(0, 1))
        rows.add_column(no_wrap=True)
        rows.add_column(
            no_wrap=True,
            style="bold",
            width=max(len(n) for n in (*self._snapshot["connections"], *self._snapshot["flows"])),
        )
        rows.add_column(no_wrap=True, ratio=1, overflow="ellipsis")
        for name, connection in self._snapshot["connections"].items():
            mark, colour = LEVELS.get(connection["level"], OFF)
            kind = connection["type"].partition("/")[0]
            rows.add_row(
                Text(mark, colour),
                name,
                Text(
                    connection["text"] if connection["level"] != "ok" else kind,
                    colour if connection["level"] != "ok" else "bright_black",
                    overflow="ellipsis",
                    no_wrap=True,
                ),
            )
        for name, flow in self._snapshot["flows"].items():
            worst = worst_of(flow["nodes"])
            mark, colour = LEVELS["error" if worst else "ok"]
            text = f"{worst[0]}: {worst[1]}" if worst else f"{self._watch.by_flow.get(name, 0):,} messages"
            rows.add_row(
                Text(mark, colour),
                name,
                Text(text, colour if worst else "bright_black", overflow="ellipsis", no_wrap=True),
            )
        return Panel(rows, title="Flows and connections", title_align="left", border_style=BORDER, padding=(0, 1))

    def _inside(self, share: int) -> int:
        """Return the columns inside a panel that has so many fifths of the screen."""
        return self._console.size.width * share // 5 - 4


@contextlib.contextmanager
def live(session: Session, summary: Summary) -> Iterator[Callable[[], None]]:
    """Show the view while inside; the function given draws it anew."""
    console = Console()
    view = View(session, summary, console)
    handler = _Remember(view.said)
    root = logging.getLogger()
    before, root.handlers[:] = root.handlers[:], [handler]
    root.setLevel(logging.WARNING)
    try:
        with Live(view.render(), console=console, screen=True, auto_refresh=False) as screen:
            yield lambda: screen.update(view.render(), refresh=True)
    finally:
        root.handlers[:] = before


def farewell(result: dict[str, Any]) -> None:
    """Say in a few lines what the run amounted to."""
    console = Console(highlight=False)
    held = (
        f"{result['temperature']} °C at a setpoint of {result['setpoint']} °C" if result["setpoint"] else "no readings"
    )
    settled = (
        f"settled after {result['settled_after_s']:g} s" if result["settled_after_s"] is not None else "not settled yet"
    )
    console.print(f"[bold]flowengine demo[/] ran {result['seconds']:g} s: {held}, {settled}")
    console.print(
        f"{result['messages']:,} messages, {result['alarms']} alarms, {result['dropped']} dropped, "
        f"{result['errors']} errors; plant, broker and flows are stopped"
    )


class _Remember(logging.Handler):
    """Keeps the log for the last line of the view: it must not write over it."""

    def __init__(self, said: deque[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        alarm = record.name == "flowengine.node" and str(getattr(record, "node", "")).endswith("/log")
        if not alarm:  # alarms have a panel of their own
            self._said.append(record.getMessage())
