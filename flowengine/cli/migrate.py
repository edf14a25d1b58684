"""`flowengine migrate`: a draft of the flows with a device replaced by another product."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from flowengine.cli.options import registry_option
from flowengine.clock import Clock
from flowengine.registry import Registry


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.argument("part")
@click.argument("product")
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="A folder for the draft, which is made."
)
@click.option(
    "--set", "options", multiple=True, metavar="OPTION=VALUE", help="An option of its connection: host=10.0.0.9."
)
@registry_option
def migrate(folder: Path, part: str, product: str, out: Path, options: tuple[str, ...], registry: Registry) -> None:
    """Draft the flows of DIR with the device PART replaced by PRODUCT, a product of assets.json with a register map.

    The folder is copied to --out, changed there, checked, and its tests are run. Nothing in DIR is changed. Exit code
    0: the draft is whole and its tests pass; 1: something is left for a person, or a test fails; 2: it cannot be made.
    """
    from flowengine.assets.file import assets_file, read_assets
    from flowengine.assets.migration import draft
    from flowengine.flow.problem import errors
    from flowengine.flow.project import load_project

    found = read_assets(assets_file(folder))
    for problem in errors(found.problems):
        click.echo(str(problem), err=True)
    asset, new = found.assets.assets.get(part), found.assets.products.get(product)
    old = found.assets.products.get(asset.product) if asset is not None else None
    lacks = _lacks(part, product, asset, old, new)
    if lacks or out.exists():
        click.echo(lacks or f"{out} is there already: name a folder that is not", err=True)
        sys.exit(2)
    made = draft(load_project(folder), registry, asset, old, new, dict(map(_option, options)))  # type: ignore[arg-type]
    shutil.copytree(folder, out, ignore=shutil.ignore_patterns(".*"))
    for name, text in made.files.items():
        (out / name).write_text(text, encoding="utf-8")
    for line in made.changes:
        click.echo(f"changed  {line}")
    if (out / "envelope.json").exists() and made.changes:
        made.left.append("envelope.json: places of the old device in it are OT's to change and to sign")
    for line in made.left:
        click.echo(f"LEFT     {line}")
    click.echo(f"THEN     assets.json: once the new device is in, give '{part}' its product, serial, version and day")
    click.echo(f"changes: {len(made.changes)}, files: {len(made.files)}, left for a person: {len(made.left)}; in {out}")
    sound = _check(out, registry)
    sys.exit(0 if sound and not made.left and made.changes else 1)


def _lacks(part: str, product: str, asset: Any, old: Any, new: Any) -> str:
    if asset is None:
        return f"there is no part '{part}' in assets.json"
    if new is None:
        return f"there is no product '{product}' in assets.json"
    if not asset.connection:
        return f"'{part}' has no connection: say in assets.json which one leads to it"
    if old is None or not old.registers:
        return f"the product of '{part}' has no register map ('registers'), so its places are not known"
    return "" if new.registers else f"the product '{product}' has no register map ('registers')"


def _option(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise click.BadParameter(f"'{text}' is not OPTION=VALUE", param_hint="--set")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _check(folder: Path, registry: Registry) -> bool:
    """Check the draft and run its tests; says what is wrong."""
    from flowengine import settings
    from flowengine.flow.check import check_project
    from flowengine.flow.problem import errors
    from flowengine.flow.project import load_project
    from flowengine.rehearse.report import Report
    from flowengine.rehearse.suite import find_tests, run_tests

    problems = errors(check_project(load_project(folder), registry, settings.environment(), settings.secret))
    for problem in problems:
        click.echo(str(problem), err=True)
    files = find_tests((folder,))
    if problems or not files:
        click.echo("it has errors" if problems else "it has no tests: try it at a simulator before the machine")
        return not problems
    click.echo("tests of the draft:")
    report, clock = Report(False), Clock()
    begin = clock.monotonic()
    result = run_tests(files, registry, lambda file, case: True, report.ran, report.began, 60.0)
    report.finish(result, clock.monotonic() - begin, False)
    return bool(result.exit_code == 0)
