"""`flowengine dead-letters`: look at messages that failed, replay or delete them."""

from __future__ import annotations

import datetime
from pathlib import Path

import click
import msgspec

from flowengine.cli.options import flows_argument
from flowengine.store.dead_letters import DeadLetter, DeadLetters


def _open(path: Path) -> DeadLetters:
    from flowengine.service import dead_letters_file

    return DeadLetters(dead_letters_file(path))


@click.group("dead-letters")
def dead_letters() -> None:
    """Messages that a flow could not handle, with the reason."""


@dead_letters.command("list")
@flows_argument
@click.option("--flow", default="", help="Only those of one flow.")
@click.option("--node", default="", help="Only those of one node.")
@click.option("--most", default=50, show_default=True, help="How many, the newest first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, the whole message in it.")
def show(path: Path, flow: str, node: str, most: int, as_json: bool) -> None:
    """List dead letters."""
    store = _open(path)
    for letter in store.find(flow, node, most):
        click.echo(_json(letter) if as_json else _line(letter))
    if not as_json:
        click.echo(f"{len(store)} dead letters in all")


@dead_letters.command()
@flows_argument
@click.argument("numbers", nargs=-1, type=int, required=True, metavar="ID...")
def replay(path: Path, numbers: tuple[int, ...]) -> None:
    """Give dead letters back to the nodes where they failed; the running engine does it within a second."""
    _open(path).request(numbers)
    click.echo(f"asked for {len(numbers)} to be replayed; they leave the list when the engine has taken them")


@dead_letters.command()
@flows_argument
@click.argument("numbers", nargs=-1, type=int, required=True, metavar="ID...")
def delete(path: Path, numbers: tuple[int, ...]) -> None:
    """Delete dead letters for good."""
    click.echo(f"{_open(path).remove(numbers)} deleted")


def _line(letter: DeadLetter) -> str:
    moment = datetime.datetime.fromtimestamp(letter.time, datetime.UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    payload = repr(letter.message.payload)
    shown = payload if len(payload) <= 60 else payload[:57] + "..."
    return f"{letter.id:6} {moment} {letter.flow}/{letter.node}: {letter.kind}: {letter.reason}  payload {shown}"


def _json(letter: DeadLetter) -> str:
    data = {**msgspec.structs.asdict(letter), "message": letter.message.as_dict()}
    return msgspec.json.encode(data, enc_hook=repr).decode()
