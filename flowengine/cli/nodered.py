"""`flowengine nodered run`: run a flows.json once, give it messages, see what comes where."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any, Final

import click

from flowengine.clock import Clock
from flowengine.errors import FlowEngineError

CLOCK: Final = Clock()

ARRIVED: Final = 0
REFUSED: Final = 2
LATE: Final = 3

STARTED: Final = 60.0
"""Seconds until the flows must have been read and started; the time for messages counts from then on."""


@click.group(short_help="Run flows of Node-RED as they are.")
def nodered() -> None:
    """Run flows of Node-RED as they are."""


@nodered.command("run", short_help="Run a flows.json, give it messages, see what comes where.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--inject", "injected", multiple=True, metavar="NODE=JSON", help="Give a msg to a node; in order.")
@click.option("--tap", "tapped", multiple=True, metavar="NODE", help="Print the msgs that come to a node.")
@click.option("--expect", type=click.IntRange(0), default=1, show_default=True, help="How many msgs are to arrive.")
@click.option(
    "--timeout",
    type=click.FloatRange(0),
    default=10.0,
    show_default=True,
    help="Seconds to wait for them, once the flows run.",
)
def run(file: Path, injected: tuple[str, ...], tapped: tuple[str, ...], expect: int, timeout: float) -> None:
    """Run the flows in FILE once and print the msgs that come to tapped nodes, one JSON object a line.

    Exits with 0 when the expected number has arrived, 2 when the flows are refused, 3 when time is up.
    """
    try:
        flows = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise FlowEngineError(f"{file}: not JSON: {error}") from None
    commands: list[dict[str, Any]] = [{"op": "load", "flows": flows, "tap": list(tapped)}]
    commands += [{"op": "inject", **_injection(text)} for text in injected]
    session = subprocess.Popen(
        [sys.executable, "-m", "flowengine.testbench"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert session.stdin is not None
    assert session.stdout is not None
    events: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(session.stdout, events), daemon=True).start()
    try:
        session.stdin.writelines(json.dumps(command) + "\n" for command in commands)
        session.stdin.flush()
        code = _wait(events, expect, timeout)
        session.stdin.write('{"op": "quit"}\n')
        session.stdin.close()
        session.wait(timeout=5)
    except (BrokenPipeError, subprocess.TimeoutExpired):
        session.kill()
    sys.exit(code)


def _injection(text: str) -> dict[str, Any]:
    node, equals, value = text.partition("=")
    try:
        msg = json.loads(value) if equals else {}
    except ValueError as error:
        raise click.BadParameter(f"{text}: not JSON: {error}", param_hint="--inject") from None
    return {"node": node, "msg": msg if isinstance(msg, dict) else {"payload": msg}}


def _read(stream: IO[str], events: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    for line in stream:
        events.put(json.loads(line))
    events.put(None)


def _wait(events: queue.SimpleQueue[dict[str, Any] | None], expect: int, timeout: float) -> int:
    arrived, loaded, until = 0, False, CLOCK.monotonic() + STARTED
    while not loaded or arrived < expect:
        try:
            event = events.get(timeout=max(0.0, until - CLOCK.monotonic()))
        except queue.Empty:
            return LATE
        if event is None:
            return REFUSED
        if event["event"] == "error":
            click.echo(event["message"], err=True)
            return REFUSED
        if event["event"] == "loaded":
            loaded, until = True, CLOCK.monotonic() + timeout
        if event["event"] == "msg":
            click.echo(json.dumps(event))
            arrived += 1
    return ARRIVED
