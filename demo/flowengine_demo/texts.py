"""The small pieces of the view: numbers, qualities, alarms, as coloured text."""

from __future__ import annotations

import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from flowengine_demo.summary import BAND, HeldTemperature
from flowengine_demo.watch import AlarmEvent

COLOURS = {"good": "green", "uncertain": "yellow", "bad": "red"}
PRIORITIES = {"high": "bold red", "medium": "yellow", "low": "cyan"}


def table_of_values() -> Table:
    """Return an empty table of name, number, unit, remark."""
    table = Table.grid(padding=(0, 1))
    table.add_column(style="bright_black", min_width=9, no_wrap=True)
    table.add_column(justify="right", min_width=6, no_wrap=True)
    table.add_column(style="bright_black", min_width=4, no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis")
    return table


def number(value: object, places: int, style: str = "bold") -> Text:
    """Return a number as it is shown, or a dash."""
    return Text(f"{value:.{places}f}", style) if isinstance(value, int | float) else Text("-", "bright_black")


def quality_word(quality: str, brief: bool = False) -> Text:
    """Return the word for a quality in its colour; `brief`: nothing when it is good."""
    return Text("" if brief and quality == "good" else quality, COLOURS[quality])


def colour_of(held: HeldTemperature) -> str:
    """Return the colour of the temperature: held, on its way, unknown."""
    if held.quality == "bad":
        return "bold red"
    inside = (
        held.setpoint is not None and held.temperature is not None and abs(held.temperature - held.setpoint) <= BAND
    )
    return "bold green" if inside else "bold yellow"


def deviation(difference: float) -> str:
    """Say how far the temperature is from its setpoint."""
    return "in band" if abs(difference) <= BAND else f"{difference:+.1f} °C"


def alarm_lines(event: AlarmEvent, roomy: bool) -> list[Text]:
    """Return a standing alarm: what it means goes below if there is room, else beside."""
    text = alarm_line(event, PRIORITIES.get(event.priority, "yellow"))
    if not roomy:
        return [text.append(f"  {event.text}", "default")]
    return [text, Text(f"           {event.text}", no_wrap=True, overflow="ellipsis")]


def alarm_line(event: AlarmEvent, style: str = "") -> Text:
    """Return an alarm; without a style one that is past."""
    moment = datetime.datetime.fromtimestamp(event.time, datetime.UTC).astimezone().strftime("%H:%M:%S")
    text = Text(f"{moment} ", "bright_black", no_wrap=True, overflow="ellipsis")
    text.append(f"{'▲' if event.active else '✓'} {event.area} {event.name}", style or _past(event))
    return text if style else text.append(" raised" if event.active else " cleared", "bright_black")


def _past(event: AlarmEvent) -> str:
    return "bright_black" if event.active else "green"


def worst_of(nodes: dict[str, Any]) -> tuple[str, str] | None:
    """Return the first node that is in error, and its text."""
    for name, node in nodes.items():
        if node["status"]["level"] == "error":
            return name, node["status"]["text"]
    return None
