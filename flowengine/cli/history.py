"""`flowengine history`: what the historians of flows have kept, listed, or taken away as a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import click

from flowengine import settings
from flowengine.cli.moment import moment
from flowengine.cli.options import flows_argument, registry_option
from flowengine.clock import Clock
from flowengine.errors import BadData, FlowInvalid, Retryable
from flowengine.registry import Registry

if TYPE_CHECKING:
    from flowengine.service.archives import Archive

EVER: Final = 1e10
"""Seconds from 1970: earlier than that nothing has been kept."""


@click.group()
def history() -> None:
    """Values over time, as the historians of flows have kept them; an engine that runs is not disturbed."""


@history.command("list")
@flows_argument
@registry_option
def list_tags(path: Path, registry: Registry) -> None:
    """List what has been kept, as flow/tag, with the newest value of each.

    Exit code 1: a historian cannot be read.
    """
    failed = False
    for archive in _archives(path, registry):
        try:
            with archive.open() as historian:
                for tag in historian.tags():
                    newest = historian.last(tag)
                    if newest is not None:
                        value = "-" if newest.value is None else f"{newest.value:g}"
                        click.echo(f"{moment(newest.time)}  {value:>12} {newest.quality:9}  {archive.flow}/{tag}")
        except (BadData, Retryable) as error:
            failed = True
            click.echo(f"{archive.flow}: {error}", err=True)
    sys.exit(1 if failed else 0)


@history.command()
@flows_argument
@registry_option
@click.option("--tag", "tags", multiple=True, required=True, metavar="FLOW/TAG", help="As `history list` says it.")
@click.option("--from", "begin", default="", metavar="TIME", help="2026-05-01, or 2026-05-01T06:00+02:00; else all.")
@click.option("--to", "end", default="", metavar="TIME", help="The same; else now. Without a zone a time is UTC.")
@click.option("--interval", type=click.FloatRange(min=0), default=0.0, help="Sum up so many seconds; 0: every value.")
@click.option("--format", "kind", type=click.Choice(["csv", "parquet"]), default="csv", help="Of the file.")
@click.option("-o", "--output", type=click.File("wb", atomic=True), default="-", help="The file; else standard output.")
def export(
    path: Path,
    registry: Registry,
    tags: tuple[str, ...],
    begin: str,
    end: str,
    interval: float,
    kind: str,
    output: IO[bytes],
) -> None:
    """Write values of tags, with time and quality, or summaries: as CSV, or as Apache Parquet (extra `parquet`)."""
    from flowengine.service.archives import portions
    from flowengine_web.exporting import as_csv, as_parquet, pyarrow
    from flowengine_web.refusal import Refusal

    first = _time(begin, "--from") if begin else -EVER
    last = _time(end, "--to") if end else Clock().now()
    if first > last:
        raise click.BadParameter(f"{begin} comes after {end or 'now'}", param_hint="--from")
    if interval and not begin:
        raise click.UsageError("--interval sums up a span: say its begin with --from")
    archives = list(_archives(path, registry))
    rows = portions([_place(archives, tag) for tag in tags], first, last, interval)
    try:
        parts = as_parquet(rows, pyarrow()) if kind == "parquet" else as_csv(rows)
    except Refusal as refusal:
        raise click.ClickException(f"{refusal}: {refusal.body.hint}") from None
    for part in parts:
        output.write(part)


def _archives(path: Path, registry: Registry) -> Iterator[Archive]:
    from flowengine.access.secret_store import SecretStore, secrets_file
    from flowengine.flow.plan import plan_flow
    from flowengine.flow.project import load_project
    from flowengine.service.archives import archives_of

    settings.keep_secrets_in(SecretStore(secrets_file(path)).find)
    project = load_project(path)
    for flow in project.runnable():
        try:
            yield from archives_of(plan_flow(flow, project, registry, settings.environment(), settings.secret))
        except FlowInvalid:
            click.echo(f"{flow.name} is left out, as it has errors: `flowengine check` says which", err=True)


def _place(archives: Iterable[Archive], target: str) -> tuple[Archive, str]:
    """Return the first archive of a flow that has a tag, both said as `flow/tag`."""
    flow, _, tag = target.partition("/")
    for archive in archives:
        if archive.flow == flow:
            with archive.open() as historian:
                if historian.knows(tag):
                    return archive, tag
    why = f"nothing is kept as '{target}': `flowengine history list` says what is"
    raise click.BadParameter(why, param_hint="--tag")


def _time(text: str, option: str) -> float:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text} is no time: expected such as 2026-05-01T06:00", param_hint=option) from None
    return found.replace(tzinfo=found.tzinfo or UTC).timestamp()
