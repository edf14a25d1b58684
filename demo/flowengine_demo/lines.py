"""The demo without a terminal: a line of values every other second, and one for each alarm."""

from __future__ import annotations

import datetime

import click

from flowengine_demo.session import Session
from flowengine_demo.summary import Summary
from flowengine_demo.watch import AlarmEvent

EVERY_S = 2.0


class Lines:
    """Prints what is new."""

    def __init__(self, session: Session, summary: Summary) -> None:
        """Say first where things are."""
        self._session, self._summary = session, summary
        self._clock = session.service.engine.clock
        self._next = self._clock.monotonic()
        self._alarms_seen = 0
        broker = session.broker
        click.echo(
            f"plant at {session.plant.host}:{session.plant.port}, broker ({broker.kind}) at "
            f"{broker.host}:{broker.port}, flows: {', '.join(session.service.engine.flows)}; Ctrl-C ends all"
        )
        for line in session.canvas():
            click.echo(line)

    def show(self) -> None:
        """Print the alarms since the last call and, when it is time, the values."""
        watch = self._session.watch
        changes = watch.changes - self._alarms_seen
        for event in list(watch.alarms)[-changes:] if changes else []:
            click.echo(_alarm(event))
        self._alarms_seen = watch.changes
        if self._clock.monotonic() >= self._next:
            self._next += EVERY_S
            click.echo(self._values())

    def _values(self) -> str:
        watch, held = self._session.watch, self._summary.held
        door = {True: "open", False: "closed"}.get(watch.value("door"), "?")
        line = watch.value("performance")
        rate = f"{line['pieces_per_min']:g}/min" if isinstance(line, dict) else "-"
        return (
            f"{_time(self._clock.now())} oven {_number(held.temperature)} degC ({held.quality}), "
            f"setpoint {_number(held.setpoint)}, heater {_number(watch.value('heater'))} %, door {door}; "
            f"line {watch.value('state') or '-'} {rate}, vibration {_number(watch.value('vibration'))} mm/s; "
            f"{watch.messages} messages, {len(watch.active)} alarms"
        )


def _alarm(event: AlarmEvent) -> str:
    word = "ALARM" if event.active else "clear"
    return f"{_time(event.time)} {word} {event.area}/{event.name}: {event.text}"


def _time(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).astimezone().strftime("%H:%M:%S")


def _number(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, int | float) else "-"
