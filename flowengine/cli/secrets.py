"""`flowengine secrets`: set and forget what flows name as ${secret:NAME}; no command shows one."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from flowengine.cli.audit import recorded, state_option
from flowengine.cli.options import flows_argument


@click.group()
def secrets() -> None:
    """Passwords and keys that flows name as ${secret:NAME}; they are kept encrypted, and no command shows one."""


@secrets.command()
def key() -> None:
    """Print a new key. Keep it in a file that only the engine reads: FLOWENGINE_SECRETS_KEY_FILE says where."""
    from flowengine.access.secret_store import new_key

    click.echo(new_key())


@secrets.command("set")
@click.argument("name")
@flows_argument
@state_option
def set_secret(name: str, path: Path, state: Path | None) -> None:
    """Keep a secret; its value is asked for, or comes by standard input."""
    from flowengine.access.secret_store import SecretStore, secrets_file

    if sys.stdin.isatty():
        value: str = click.prompt("Value", hide_input=True, err=True)
    else:
        value = sys.stdin.read().removesuffix("\n")
    with recorded(path, state, "secret-set", name):
        SecretStore(secrets_file(path, state)).set(name, value)
    click.echo(f"{name} is kept; flows name it ${{secret:{name}}} and see it from their next deploy on")


@secrets.command("list")
@flows_argument
@state_option
def names(path: Path, state: Path | None) -> None:
    """List the names of the secrets."""
    from flowengine.access.secret_store import SecretStore, secrets_file

    for name in SecretStore(secrets_file(path, state)).names():
        click.echo(name)


@secrets.command()
@click.argument("name")
@flows_argument
@state_option
def remove(name: str, path: Path, state: Path | None) -> None:
    """Forget a secret."""
    from flowengine.access.secret_store import SecretStore, secrets_file

    with recorded(path, state, "secret-removed", name):
        SecretStore(secrets_file(path, state)).remove(name)
    click.echo(f"{name} is forgotten; a flow that runs keeps it until its next deploy")
