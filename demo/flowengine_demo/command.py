"""`flowengine demo`: a simulated plant, a broker, the example flows, and a live view of them."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from flowengine.cli.options import registry_option
from flowengine.cli.run import REPLAYS, stop_on_signals
from flowengine.cli.web import Claim, WebOptions, web_options
from flowengine.cli.workers import warm, workers_options
from flowengine.registry import Registry
from flowengine.telemetry.log import Form, log_to_stderr
from flowengine.workers.settings import Workers
from flowengine_demo.broker import BrokerError
from flowengine_demo.child import ChildError
from flowengine_demo.session import Session, Settings
from flowengine_demo.summary import Summary

REFRESH_S = 0.25


def _broker(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, int | None] | None:
    if value is None:
        return None
    host, colon, port = value.rpartition(":")
    if not colon:
        return value, None
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise click.BadParameter(f"'{value}' is not HOST or HOST:PORT")
    return host, int(port)


@click.command()
@registry_option
@web_options
@workers_options
@click.option("--seconds", type=click.FloatRange(min=0.1), help="Stop by itself after this time.")
@click.option("--json", "as_json", is_flag=True, help="No view; print one JSON summary at the end.")
@click.option("--log", "form", type=click.Choice(["text", "json"]), help="Lines of the log in place of the view.")
@click.option("--plain", is_flag=True, help="Lines of text in place of the view, as when output is no terminal.")
@click.option(
    "--flows",
    type=click.Path(exists=True, path_type=Path),
    help="Run these flows in place of a copy of the example flows.",
)
@click.option("--broker", callback=_broker, metavar="HOST[:PORT]", help="Use a broker that runs already.")
@click.option(
    "--state", type=click.Path(file_okay=False, path_type=Path), help="Keep flows, users and dead letters here."
)
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 20),
    default=1.0,
    show_default=True,
    help="Plant seconds per second; control and reading times follow.",
)
@click.option("--seed", default=1, show_default=True, help="Same seed, same noise.")
@click.option(
    "--door-every",
    type=click.FloatRange(min=0),
    default=120.0,
    show_default=True,
    help="Plant seconds between two openings of the oven's door, each of 10 s; 0: it stays closed.",
)
def demo(
    registry: Registry,
    web: WebOptions,
    seconds: float | None,
    as_json: bool,
    form: Form | None,
    plain: bool,
    flows: Path | None,
    broker: tuple[str, int | None] | None,
    state: Path | None,
    speed: float,
    seed: int,
    door_every: float,
    workers: Workers | None,
) -> None:
    """Run a simulated plant over real Modbus TCP, a real MQTT broker and the example flows, and watch and change them.

    The canvas is served at the address shown; where port 1890 is taken, at another one. Ctrl-C or SIGTERM ends all
    of it. docs/demo.md says what to break and what you will see.
    """
    if 0 < door_every <= 10:
        raise click.BadParameter("the door stays open for 10 s: give more than that, or 0", param_hint="--door-every")
    warm(workers)
    try:
        settings = Settings(
            registry=registry,
            flows=flows,
            canvas=Claim(web, demo=True),
            workers=workers,
            state=state,
            broker=broker,
            speed=speed,
            seed=seed,
            door_every_s=door_every or None,
        )
        from flowengine.runtime import loop

        plain = plain or form is not None or not sys.stdout.isatty()
        if as_json or plain:
            log_to_stderr(form or "text", "warning" if form is None else "info")
        loop.run(_run(settings, seconds, as_json, plain))
    except (BrokerError, ChildError) as error:
        raise click.ClickException(str(error)) from error


async def _run(settings: Settings, seconds: float | None, as_json: bool, plain: bool) -> None:
    stop = stop_on_signals()
    session = Session(settings)
    summary = Summary(session.watch, settings.speed)
    now = asyncio.get_running_loop().time
    async with session:
        began = now()
        end = began + seconds if seconds is not None else float("inf")
        with _show(session, summary, as_json, plain) as show:
            next_replay = began
            while not stop.is_set() and now() < end:
                show()
                if now() >= next_replay:
                    await session.service.replay_requested()
                    next_replay += REPLAYS
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), min(REFRESH_S, max(0.0, end - now())))
        await session.service.engine.refresh()
        result = summary.as_dict(now() - began, session.service.snapshot())
    if as_json:
        click.echo(msgspec.json.encode(result).decode())
    elif not plain:
        from flowengine_demo.view import farewell

        farewell(result)


def _show(
    session: Session, summary: Summary, as_json: bool, plain: bool
) -> contextlib.AbstractContextManager[Callable[[], None]]:
    """Return what shows the session, to be called some times a second."""
    if as_json:
        return contextlib.nullcontext(lambda: None)
    if plain:
        from flowengine_demo.lines import Lines

        return contextlib.nullcontext(Lines(session, summary).show)
    from flowengine_demo.view import live

    return live(session, summary)
