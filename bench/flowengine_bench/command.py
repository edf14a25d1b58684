"""`flowengine bench`: throughput, latency, start and memory, beside named baselines."""

from __future__ import annotations

import signal
import sys

import click
import msgspec

from flowengine_bench import deploys, merges, nodered, ours, signals, web
from flowengine_bench.child import ChildFailed
from flowengine_bench.comparison import DEFAULT_ROUNDS, Compared, compare, table

WEB = "web"
"""The name of what browsers cost; it is not compared with Node-RED."""
DEPLOY = "deploy"
"""The name of what a deploy of one changed node costs."""
MERGE = "merge"
"""The name of the comparison with git's own merge."""

SIGNALS = "signals"
"""The name of what simple signal nodes cost beside a change node."""


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object by workload.")
@click.option("--rounds", default=DEFAULT_ROUNDS, show_default=True, type=click.IntRange(1), help="Ours, theirs, ...")
@click.option("--no-nodered", is_flag=True, help="Leave Node-RED out; the bare loops remain as baselines.")
@click.option(
    "--burst",
    default=ours.Settings().burst,
    show_default=True,
    type=click.IntRange(1),
    help="Messages that a source sends before it waits for them to be through.",
)
@click.option(
    "--sample", default=ours.Settings().sample, type=click.IntRange(1), help="Messages that a rate is taken over."
)
@click.option("--pairs", default=20_000, show_default=True, type=click.IntRange(1), help="Of edits, for `merge`.")
def bench(
    names: tuple[str, ...], as_json: bool, rounds: int, no_nodered: bool, burst: int, sample: int, pairs: int
) -> None:
    """Measure flowengine, each figure in a fresh process, in turns with a baseline on the same machine.

    Without names all workloads are measured, which takes a quarter of an hour. Where npm is at hand the baseline is
    Node-RED, installed once into the user's cache folder. `bench web` says what 40 browsers cost the engine,
    `bench merge` what becomes of random concurrent edits of flows by `flowengine merge` and by git, `bench deploy` how
    long a deploy of one changed node of 10,000 takes, phase by phase, `bench signals` what simple signal nodes cost.
    """
    if names == (WEB,):
        _web(as_json, rounds)
        return
    if names == (DEPLOY,):
        found = deploys.measure()
        click.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(deploys.table(found)))
        return
    if names == (SIGNALS,):
        costs = signals.measure(rounds)
        click.echo(msgspec.json.encode(costs).decode() if as_json else "\n".join(signals.table(costs)))
        return
    if names == (MERGE,):
        tally = merges.measure(pairs)
        click.echo(msgspec.json.encode(tally).decode() if as_json else "\n".join(merges.table(tally)))
        sys.exit(1 if tally.wrong else 0)
    alone = (WEB, DEPLOY, MERGE, SIGNALS)
    unknown = sorted(set(names) - set(ours.WORKLOADS))
    if unknown:
        raise click.UsageError(
            f"no such workload: {', '.join(unknown)}. There are {', '.join([*ours.WORKLOADS, *alone])}; "
            f"{', '.join(alone)} each go alone"
        )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that blocks end and take their children along
    installation = None if no_nodered else _install()
    results: list[Compared] = []
    failed = False
    for name in names or ours.WORKLOADS:
        try:
            results.append(compare(name, installation, rounds, ours.Settings(burst, sample)))
        except ChildFailed as error:
            click.echo(f"{name}: {error}", err=True)
            failed = True
            continue
        if not as_json:
            lines = list(table(results[-1:]))
            click.echo("\n".join(lines if len(results) == 1 else lines[1:]))
    if as_json:
        figures = msgspec.json.encode({result.workload: result.as_dict() for result in results})
        click.echo(msgspec.json.format(figures, indent=2).decode())
    if failed:
        sys.exit(1)


def _web(as_json: bool, rounds: int) -> None:
    figures = web.measure(rounds)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(figures), indent=2).decode())
    else:
        click.echo("\n".join(web.table(figures)))


def _install() -> nodered.Installation | None:
    found = nodered.install()
    if isinstance(found, nodered.Unavailable):
        click.echo(f"no Node-RED to compare with: {found.reason}", err=True)
        return None
    return found
