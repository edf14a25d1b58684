"""`flowengine run`: run a folder of flows until told to stop."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from flowengine.cli.options import flows_argument, no_code_option, registry_option
from flowengine.cli.web import Claim, WebOptions, web_options
from flowengine.cli.workers import warm, workers_options
from flowengine.errors import FlowEngineError
from flowengine.registry import Registry
from flowengine.settings import STATE_FOLDER
from flowengine.telemetry.log import Form, log_to_stderr

if TYPE_CHECKING:
    from flowengine.service import Service
    from flowengine.workers.settings import Workers

REPLAYS = 1.0
"""Seconds between looks for dead letters that someone asked to replay."""

YOUNG = (20_000, 20, 20)
"""When the garbage collector looks: an engine makes many objects and hardly a cycle, so more rarely than by default."""


@click.command()
@flows_argument
@registry_option
@web_options
@workers_options
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep dead letters, users and drafts in this folder; by default in .flowengine beside the flows.",
)
@no_code_option
@click.option("--drain", default=10.0, show_default=True, help="Seconds to finish what is under way when stopping.")
@click.option("--seconds", type=float, help="Stop by itself after this time.")
@click.option("--until-ended", is_flag=True, help="Stop when every source has ended and all is handled.")
@click.option("--json", "as_json", is_flag=True, help="Print the final state of all flows as one JSON object.")
@click.option("--log", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option(
    "--log-level", default="info", show_default=True, type=click.Choice(["debug", "info", "warning", "error"])
)
def run(
    path: Path,
    registry: Registry,
    web: WebOptions,
    state: Path | None,
    drain: float,
    seconds: float | None,
    until_ended: bool,
    as_json: bool,
    form: Form,
    log_level: str,
    workers: Workers | None,
) -> None:
    """Run flows: SIGTERM or Ctrl-C drains and stops (exit code 0); a second Ctrl-C stops at once.

    What fails goes to the dead letters: see `flowengine dead-letters`.
    """
    from flowengine.runtime import loop

    warm(workers)
    log_to_stderr(form, log_level)
    snapshot = loop.run(_run(path, registry, Claim(web), state, workers, drain, seconds, until_ended, as_json))
    if as_json:
        click.echo(msgspec.json.encode(snapshot).decode())


async def _run(
    path: Path,
    registry: Registry,
    claim: Claim,
    state: Path | None,
    workers: Workers | None,
    drain: float,
    seconds: float | None,
    until_ended: bool,
    as_json: bool,
) -> dict[str, object]:
    from flowengine.service import Service

    gc.set_threshold(*YOUNG)
    try:
        service = Service(path, registry, state=state, workers=workers)
    except (OSError, sqlite3.Error) as error:
        where = state or f"{STATE_FOLDER} beside the flows"
        hint = "see that it can be written to, or choose another with --state"
        raise FlowEngineError(f"what the engine keeps in {where} cannot be opened: {error}; {hint}") from error
    stop = stop_on_signals()
    try:
        await service.start(strict=not claim.wanted, watch=claim.wanted)
    except FlowEngineError:
        await service.stop(0)
        raise
    gc.freeze()  # what has been built stays; a collection need not look through it
    flows = service.engine.flows
    click.echo(f"running {len(flows)} flow{'s' * (len(flows) != 1)}: {', '.join(flows)}; Ctrl-C stops", err=True)
    try:
        async with claim.served(service, state) as lines:
            for line in lines():
                click.echo(line, err=True)
            await _until(stop, service, seconds, until_ended)
    except FlowEngineError:
        await service.stop(drain)
        raise
    if as_json:
        await service.engine.refresh()
    snapshot = service.snapshot()
    await service.stop(drain)
    return snapshot


async def _until(stop: asyncio.Event, service: Service, seconds: float | None, until_ended: bool) -> None:
    """Return when it is time to stop; meanwhile give back dead letters that someone asked to replay."""
    flows = service.engine.flows
    now = asyncio.get_running_loop().time
    end = now() + seconds if seconds is not None else float("inf")
    while not stop.is_set() and now() < end:
        try:
            await asyncio.wait_for(stop.wait(), min(0.05 if until_ended else REPLAYS, max(0.0, end - now())))
        except TimeoutError:
            await service.replay_requested()
            if until_ended and all(flow.ended for flow in flows.values()):
                break


def stop_on_signals() -> asyncio.Event:
    """Return an event that SIGTERM and the first SIGINT set; a second SIGINT ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        if stop.is_set():
            sys.stderr.write("stopped at once; what was under way is not finished\n")
            os._exit(130)
        stop.set()

    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, interrupted)
    return stop
