"""`flowengine changes`: what waits for its two yeses, and at the computer itself: what is to count as approved."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from flowengine.errors import FlowEngineError


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="DIR")
@click.argument("action", type=click.Choice(["list", "adopt"]), default="list")
@click.option("--reason", default="", help="For adopt: why; it is recorded.")
@click.option(
    "--state", type=click.Path(file_okay=False, path_type=Path), help="Where `flowengine run` keeps what it keeps."
)
def changes(path: Path, action: str, reason: str, state: Path | None) -> None:
    """List the changes that reach a machine, the newest first, with what became of them.

    \b
    adopt   let what the files hold now count as approved: after files of the engine
            were lost or put back from a backup. Only with the engine stopped; recorded.
    """
    from flowengine.access.approved import Approved
    from flowengine.access.audit import Audit, audit_folder
    from flowengine.access.ledger import Ledger
    from flowengine.access.local import find_local
    from flowengine.access.seal import Seal
    from flowengine.cli.audit import record
    from flowengine.flow.content import ENVELOPE, content_hash, read_content, text_of
    from flowengine.service.places import own_folder, web_file
    from flowengine.store.changes import Changes

    own = own_folder(path, state)
    if action == "list":
        table = Changes(web_file(path, state))
        for one in table.all():
            day = datetime.datetime.fromtimestamp(one.at, datetime.UTC).astimezone().strftime("%Y-%m-%d %H:%M")
            why = f": {one.reason}" if one.reason else ""
            click.echo(f"{one.id:4}  {day}  {one.state:9}  {one.author}  {', '.join(one.files)}{why}")
        table.close()
        return
    if len(reason.strip()) < 10:
        raise FlowEngineError("why? flowengine changes DIR adopt --reason TEXT (10 characters at least)")
    if find_local(own) is not None:
        raise FlowEngineError("an engine runs here: stop it first")
    content, folder = read_content(path), path if path.is_dir() else path.parent
    ledger = Ledger(Audit(audit_folder(path, state)).folder)
    ledger.refresh()
    approved = Approved(own, Seal(own))
    approved.prepare(content, text_of(folder / f"{ENVELOPE}.sig") or "", ledger.n)
    record(path, state, "two-keys", "", content=content_hash(content), reason=reason.strip())
    approved.settle()
    click.echo(f"what {folder} holds counts as approved: {content_hash(content)[:16]}…")
