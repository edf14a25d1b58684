"""`flowengine audit`: read the record, prove that nobody changed it, hand it on."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from flowengine.cli.options import flows_argument

state_option = click.option(
    "--state", type=click.Path(file_okay=False, path_type=Path), help="Where `flowengine run` keeps what it keeps."
)


def record(path: Path, state: Path | None, what: str, about: str, **details: object) -> None:
    """Record what someone who works on the computer itself does.

    Raises:
        AuditUnavailable: it cannot be recorded.
    """
    from flowengine.access.at_computer import at_computer
    from flowengine.access.audit import Audit, audit_folder

    Audit(audit_folder(path, state)).record(what, at_computer(), about, details=details)


@contextlib.contextmanager
def recorded(path: Path, state: Path | None, what: str, about: str, **details: object) -> Iterator[None]:
    """Record what is done in here, if it is done; where nothing can be recorded it is not begun.

    Raises:
        AuditUnavailable: it cannot be recorded.
    """
    from flowengine.access.audit import Audit, audit_folder

    Audit(audit_folder(path, state)).ready()
    yield
    record(path, state, what, about, **details)


@click.group()
def audit() -> None:
    """The record of who did what: appended, chained by hashes, never changed."""


@audit.command()
@flows_argument
@state_option
def verify(path: Path, state: Path | None) -> None:
    """Look for anything that is not as it was written; exit code 1 when there is, with file and line of each."""
    from flowengine.access.audit import audit_folder
    from flowengine.access.audit_check import check_audit

    folder = audit_folder(path, state)
    found = check_audit(folder)
    for finding in found.findings:
        click.echo(str(finding))
    click.echo(f"{folder}: {found.entries} entries, {len(found.findings) or 'none'} not as written")
    sys.exit(1 if found.findings else 0)


@audit.command("show")
@flows_argument
@state_option
@click.option("--who", default="", help="Only what one person did.")
@click.option("--what", default="", help="Only one kind: sign-in, deploy, ...")
@click.option("--most", default=50, show_default=True, help="How many, the newest; 0: all.")
@click.option("--as", "form", type=click.Choice(["text", "json", "syslog"]), default="text", show_default=True)
def show(path: Path, state: Path | None, who: str, what: str, most: int, form: str) -> None:
    """Show entries, the oldest first; as JSON lines or syslog (RFC 5424) for other programs."""
    from collections import deque

    from flowengine.access.audit import audit_folder, entries
    from flowengine.access.syslog import syslog_line

    found = (
        entry
        for entry in entries(audit_folder(path, state))
        if (not who or entry.who == who) and (not what or entry.what == what)
    )
    for entry in deque(found, maxlen=most or None):
        if form == "json":
            click.echo(msgspec.json.encode(entry))
        elif form == "syslog":
            click.echo(syslog_line(entry))
        else:
            about = f" {entry.about}" if entry.about else ""
            details = f" {msgspec.json.encode(entry.details).decode()}" if entry.details else ""
            place = f" from {entry.address}" if entry.address else ""
            click.echo(
                f"{entry.n:7} {entry.time} {entry.who or '-'}{place}: {entry.what}{about}: {entry.result}{details}"
            )
