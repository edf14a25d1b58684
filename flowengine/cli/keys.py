"""`flowengine keys`: keys that people sign with, and whose signatures count."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from flowengine.cli.audit import recorded, state_option
from flowengine.cli.options import flows_argument
from flowengine.cli.passphrase import passphrase, passphrase_option


@click.group()
def keys() -> None:
    """Keys that people sign with, and whose signatures count at a folder of flows."""


@keys.command("new")
@click.argument("name")
@click.option("--side", type=click.Choice(["ot", "it"]), default="ot", show_default=True)
@click.option("--out", type=click.Path(file_okay=False, exists=True, path_type=Path), default=Path())
@passphrase_option
def new(name: str, side: str, out: Path, passphrase_file: Path | None) -> None:
    """Make a key: NAME.key, to be kept by its owner, and NAME.pub, for OT to trust."""
    from flowengine.access.keys import new_key, to_text
    from flowengine.access.trust import TrustedKey, public_text
    from flowengine.access.users import checked_name
    from flowengine.cli.moment import moment
    from flowengine.clock import Clock

    name = checked_name(name)
    public = new_key(out / f"{name}.key", passphrase(passphrase_file, confirm=True))
    key = TrustedKey(
        name=name, side="ot" if side == "ot" else "it", public=to_text(public), since=moment(Clock().now())
    )
    (out / f"{name}.pub").write_text(public_text(key), encoding="utf-8")
    click.echo(f"key {key.id} of {name} ({side.upper()}): {out / name}.key is secret, {out / name}.pub is for OT")


@keys.command()
@click.argument("public", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="NAME.pub")
@flows_argument
@state_option
def trust(public: Path, path: Path, state: Path | None) -> None:
    """Add a public key to those whose signatures count."""
    from flowengine.access.trust import parse_public, read_trust, trust_file, write_trust

    key = parse_public(public.read_text(encoding="utf-8"))
    file = trust_file(path, state)
    trusted = read_trust(file).added(key)
    with _recorded(path, state, "key-trusted", key.name, id=key.id, side=key.side):
        write_trust(file, trusted)
    click.echo(f"{file}: {key.name} ({key.side.upper()}, key {key.id}) is trusted")


@keys.command("list")
@flows_argument
@state_option
def show(path: Path, state: Path | None) -> None:
    """List the keys whose signatures count, and those that were revoked."""
    from flowengine.access.trust import read_trust, trust_file

    for key in read_trust(trust_file(path, state)).keys.values():
        click.echo(f"{key.id}  {key.side.upper()}  {key.name}" + (f"  revoked {key.revoked}" if key.revoked else ""))


@keys.command()
@click.argument("id")
@flows_argument
@state_option
@click.option("--reason", required=True, help="Why: it is kept with the key.")
def revoke(id: str, path: Path, state: Path | None, reason: str) -> None:
    """Let a key count no more: an envelope that it signed stays in force until the next start, with an alarm."""
    from flowengine.access.trust import read_trust, trust_file, write_trust
    from flowengine.cli.moment import moment
    from flowengine.clock import Clock

    file = trust_file(path, state)
    trusted = read_trust(file).without(id, f"{moment(Clock().now())}: {reason}")
    with _recorded(path, state, "key-revoked", trusted.keys[id].name, id=id, reason=reason):
        write_trust(file, trusted)
    click.echo(f"{file}: {id} is revoked")


def _recorded(
    path: Path, state: Path | None, what: str, about: str, **details: str
) -> contextlib.AbstractContextManager[None]:
    """Record an act, where the list is the engine's own: OT may keep one where he cannot write into the record."""
    from flowengine.access.audit import audit_folder
    from flowengine.access.trust import FILE, trust_file
    from flowengine.service.places import own_folder

    if trust_file(path, state) != audit_folder(path, state).parent / FILE:
        return contextlib.nullcontext()
    own_folder(path, state)  # which git leaves alone
    return recorded(path, state, what, about, **details)
