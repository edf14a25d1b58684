"""`flowengine rights`: who may do what in an area of flows, who may write code, and groups."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from flowengine.access.rights import EVERYWHERE, GIVEN, May
from flowengine.errors import FlowEngineError

if TYPE_CHECKING:
    from flowengine.access.access import Access

_RECORDED = {"permit": "permitted", "withdraw": "permission-withdrawn", "group": "group", "remove": "group-removed"}
"""Action -> what the record calls it."""


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="DIR")
@click.argument("action", type=click.Choice(["list", *_RECORDED]), default="list")
@click.argument("name", default="")
@click.argument("members", nargs=-1)
@click.option("--may", type=click.Choice(GIVEN), default="editor", show_default=True, help="What may be done.")
@click.option("--area", default=EVERYWHERE, help="In which flows: a name, in which * stands for anything; all.")
@click.option(
    "--state", type=click.Path(file_okay=False, path_type=Path), help="Where `flowengine run` keeps what it keeps."
)
def rights(
    path: Path, action: str, name: str, members: tuple[str, ...], may: str, area: str, state: Path | None
) -> None:
    """List and change who may do what beyond the role he has everywhere.

    \b
    permit NAME    let a user, token/NAME or group/NAME do something in an area:
                   --may editor --area 'press-*'; --may code: write code in nodes
    withdraw NAME  take that back
    group NAME USER ...
                   make a group of these users, or make these its members
    remove NAME    remove a group

    All of it also while the engine runs.
    """
    from flowengine.access.access import Access, access_file
    from flowengine.cli.audit import recorded

    file = access_file(path, state)
    if not file.exists():
        raise FlowEngineError(f"{file}: no user exists yet; `flowengine run` prints a link for the first one")
    if action != "list" and not name:
        raise FlowEngineError(f"whose? flowengine rights DIR {action} NAME")
    if members and action != "group":
        raise FlowEngineError(f"'{members[0][:100]}' is one name too many: names with spaces go into quotes")
    details: dict[str, Any] = {"members": list(members)} if action == "group" else {"may": may, "area": area}
    access = Access(file)
    try:
        if action == "list":
            _list(access)
            return
        details = details if action != "remove" else {}
        with access.database.transaction(), recorded(path, state, _RECORDED[action], name, **details):
            _act(access, action, name, members, cast(May, may), area)
    finally:
        access.close()


def _act(access: Access, action: str, name: str, members: tuple[str, ...], may: May, area: str) -> None:
    match action:
        case "permit":
            access.permit(name, may, area)
        case "withdraw":
            access.permissions.take(name, may, area)
        case "group":
            access.group(name, members)
        case _:
            access.groups.remove(name)


def _list(access: Access) -> None:
    for name, members in access.groups.all().items():
        click.echo(f"group/{name}: {', '.join(members) or 'nobody'}")
    for one in access.permissions.all():
        click.echo(f"{one.may:8}  {one.area:20}  {one.who}" + (f"  (given by {one.by})" if one.by else ""))
