"""A passphrase: typed in, or from a file; never an argument, which everyone on the computer could read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

passphrase_option: Callable[[Any], Any] = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read the passphrase from the first line of this file in place of asking for it.",
)


def passphrase(file: Path | None, confirm: bool = False) -> str:
    """Return the passphrase."""
    if file is not None:
        return file.read_text(encoding="utf-8").split("\n", 1)[0]
    typed: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True)
    return typed
