"""`flowengine top`: flows, nodes and processes of a running engine, as `top` shows those of a computer."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

import click
import msgspec

from flowengine.cli.top.asking import NoAnswer, Where, where
from flowengine.cli.top.rows import ORDERS, Order, Shown, chosen, shown
from flowengine.cli.top.screen import AROUND, NEXT, View, What, screen
from flowengine.cli.top.terminal_keys import keys
from flowengine_web.shapes import EngineFigures

PRESSED: Final = 0.25
"""Seconds after which the screen is drawn anew though nothing was pressed."""


@click.command()
@click.argument("target", default="flows", metavar="[DIR|URL]")
@click.option("--once", is_flag=True, help="Print one frame and end; so it is where output is no terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print the same as one JSON object.")
@click.option("--nodes", "what", flag_value="nodes", help="Begin with nodes, not flows.")
@click.option("--processes", "what", flag_value="processes", help="Begin with the processes that flows run in.")
@click.option("--sort", "order", type=click.Choice(ORDERS), default="name", show_default=True)
@click.option("--filter", "wanted", default="", help="Only what has this in its name or status.")
@click.option("--every", type=click.FloatRange(0.5, 60), default=1.0, show_default=True, help="Seconds between looks.")
@click.option(
    "--state", type=click.Path(file_okay=False, path_type=Path), help="Where the engine of DIR keeps what it keeps."
)
@click.option("--token-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The token for a URL.")
def top(
    target: str,
    once: bool,
    as_json: bool,
    what: What | None,
    order: Order,
    wanted: str,
    every: float,
    state: Path | None,
    token_file: Path | None,
) -> None:
    """Watch a running engine: rates, latency, queues, failures, losses, memory, lag.

    The engine of a folder on this computer lets in whoever may read its state folder. Another needs its address and a
    token: `flowengine users DIR token NAME` makes one there; give it by --token-file or the variable FLOWENGINE_TOKEN.
    """
    from rich.console import Console

    engine, view, console = where(target, state, token_file), View(what or "flows", order, wanted=wanted), Console()
    if as_json or once or not console.is_terminal:
        found = _two_looks(engine, every)
        if as_json:
            rows = {kind: chosen(getattr(found, kind), order, False, wanted) for kind in ("flows", "nodes")}
            click.echo(msgspec.json.encode(msgspec.structs.replace(found, **rows)).decode())
        else:
            console.print(screen(found, view, console.width, None))
        return
    feed = Feed(engine, every)
    try:
        _watch(feed, view, console)
    except KeyboardInterrupt:
        pass
    finally:
        feed.stop()


def _two_looks(engine: Where, every: float) -> Shown:
    address, before = engine.figures()
    threading.Event().wait(every)
    return shown(address, before, engine.figures()[1])


class Feed:
    """Looks again and again in a thread of its own, so that keys are heard while an engine does not answer."""

    def __init__(self, engine: Where, every: float) -> None:
        """Look for the first time.

        Raises:
            NoAnswer: already then nobody answers.
        """
        self._engine, self._every = engine, every
        self._stopped = threading.Event()
        address, self._before = engine.figures()
        self.newest: tuple[Shown, str] = (shown(address, None, self._before), "")
        """What there is to show, and why it is old; empty: it is not."""
        self._thread = threading.Thread(target=self._look, name="figures", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def _look(self) -> None:
        while not self._stopped.wait(self._every):
            try:
                address, now = self._engine.figures()
            except NoAnswer as error:
                self.newest = (self.newest[0], str(error))
                continue
            self.newest = (shown(address, self._earlier(now), now), "")
            self._before = now

    def _earlier(self, now: EngineFigures) -> EngineFigures | None:
        """Return the look before, if it was at the same run of the engine."""
        return self._before if now.started == self._before.started else None


def _watch(feed: Feed, view: View, console: object) -> None:
    from rich.console import Console
    from rich.live import Live

    assert isinstance(console, Console)
    found, problem = feed.newest
    with keys() as pressed, Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            if not view.paused:
                found, problem = feed.newest
            size = console.size
            live.update(screen(found, view, size.width, size.height, problem), refresh=True)
            for key in pressed(PRESSED):
                if not press(view, key, max(1, size.height - AROUND)):
                    return


def press(view: View, key: str, page: int) -> bool:
    """Do what a key means; returns whether to go on. `page` is how many rows there is room for."""
    if view.typing:
        _type(view, key)
        return True
    match key:
        case "q" | "Q":
            return False
        case "s":
            view.order = ORDERS[(ORDERS.index(view.order) + 1) % len(ORDERS)]
        case "S":
            view.order = ORDERS[ORDERS.index(view.order) - 1]
        case "r":
            view.reverse = not view.reverse
        case "n" | "f":
            view.what, view.first = NEXT[view.what], 0
        case "/":
            view.typing, view.first = True, 0
        case "p" | " ":
            view.paused = not view.paused
        case "escape":
            view.wanted = ""
        case "up" | "k":
            view.first -= 1
        case "down" | "j":
            view.first += 1
        case "page-up":
            view.first -= page
        case "page-down":
            view.first += page
    return True


def _type(view: View, key: str) -> None:
    match key:
        case "enter":
            view.typing = False
        case "escape":
            view.typing, view.wanted = False, ""
        case "back":
            view.wanted = view.wanted[:-1]
        case _ if len(key) == 1 and key.isprintable():
            view.wanted += key
