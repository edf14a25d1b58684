"""`flowengine users`: who may sign in at the canvas, tokens for programs, and a new password for who forgot his."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlencode

import click

from flowengine.access.roles import RIGHTS, Right
from flowengine.access.sides import Side
from flowengine.errors import FlowEngineError

if TYPE_CHECKING:
    from flowengine.access.access import Access

_CHOICES: Final[dict[str, tuple[Side, ...]]] = {"it": ("it",), "ot": ("ot",), "both": ("it", "ot"), "none": ()}

_RECORDED = {"reset": "link-made", "token": "token-made", "revoke": "token-revoked", "side": "sides-given"}
"""Action -> what the record calls it."""


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="DIR")
@click.argument("action", type=click.Choice(["list", "side", "reset", "token", "revoke"]), default="list")
@click.argument("name", default="")
@click.argument("side", type=click.Choice(list(_CHOICES)), default="none", metavar="[SIDE]")
@click.option("--role", type=click.Choice(RIGHTS), default="viewer", show_default=True, help="What a token may do.")
@click.option("--days", type=click.FloatRange(0.01, 3650), default=365, show_default=True, help="How long it is good.")
@click.option(
    "--state", type=click.Path(file_okay=False, path_type=Path), help="Where `flowengine run` keeps what it keeps."
)
def users(path: Path, action: str, name: str, side: str, role: str, days: float, state: Path | None) -> None:
    """List who may sign in at the canvas of a folder, and the tokens of programs.

    \b
    side NAME it|ot|both|none
                 for whom a user approves changes that reach a machine;
                 token/NAME: the side of a program, which never approves
    reset NAME   print a one-time link for a new password, good for 24 hours
    token NAME   make a token for a program and print it, this once:
                 Authorization: Bearer TOKEN; --role metrics lets it read /metrics alone
    revoke NAME  make a token useless

    All of it also while the engine runs.
    """
    from flowengine.access.access import Access, access_file
    from flowengine.cli.audit import recorded

    file = access_file(path, state)
    if action != "token" and not file.exists():
        raise FlowEngineError(f"{file}: no user exists yet; `flowengine run` prints a link for the first one")
    if action != "list" and not name:
        raise FlowEngineError(f"whose? flowengine users DIR {action} NAME")
    access = Access(file)
    try:
        if action == "list":
            _list(access)
            return
        details = {"sides": list(_CHOICES[side])} if action == "side" else {}
        with access.database.transaction(), recorded(path, state, _RECORDED[action], name, **details):
            made = _act(access, action, name, _CHOICES[side], cast("Right", role), days)
    finally:
        access.close()
    if made:
        click.echo(made)


def _act(access: Access, action: str, name: str, sides: tuple[Side, ...], role: Right, days: float) -> str:
    """Do what is asked; returns the link or the token that was made."""
    match action:
        case "side":
            _give(access, name, sides)
        case "reset":
            return _reset(access, name)
        case "token":
            return _token(access, name, role, days)
        case _:
            access.tokens.revoke(name)
    return ""


def _list(access: Access) -> None:
    from flowengine.access.api_tokens import LOCAL

    sides = access.sides.all()
    for user in access.users.all():
        speaks = f"  ({', '.join(side.upper() for side in sides[user.name])})" if user.name in sides else ""
        click.echo(f"{user.role:8}  {user.name}{speaks}")
    for token in [token for token in access.tokens.all() if token.name != LOCAL]:
        used = f"used {_day(token.seen)}" if token.seen else "never used"
        by = f"made by {token.by}, " if token.by else ""
        click.echo(f"{token.role:8}  {token.name}  (token; {by}expires {_day(token.expires)}, {used})")


def _give(access: Access, name: str, sides: tuple[Side, ...]) -> None:
    from flowengine.access.api_tokens import TOKEN

    if not name.startswith(TOKEN):
        access.give_sides(name, sides)
        return
    if name.removeprefix(TOKEN) not in [token.name for token in access.tokens.all()]:
        raise FlowEngineError(f"there is no token '{name.removeprefix(TOKEN)}'")
    access.sides.give(name, sides)


def _reset(access: Access, name: str) -> str:
    from flowengine.access.access import ADDRESS

    user = access.users.find(name)
    token = access.links.make(user.name)
    address = access.database.fact(ADDRESS) or "http://127.0.0.1:1890"
    return f"{address}/setup?{urlencode({'token': token, 'name': user.name})}"


def _token(access: Access, name: str, role: Right, days: float) -> str:
    from flowengine.access.api_tokens import LOCAL
    from flowengine.access.at_computer import at_computer

    if name.casefold() == LOCAL:
        raise FlowEngineError(f"'{LOCAL}' is the engine's own token, which `flowengine top` uses: choose another name")
    return access.tokens.make(name, role, days, by=at_computer())


def _day(moment: float) -> str:
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).astimezone().strftime("%Y-%m-%d")
