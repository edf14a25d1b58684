"""`flowengine models`: versions of learned models, how good each is in the flows that use it, and which one counts."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from flowengine import settings
from flowengine.cli.options import registry_option
from flowengine.registry import Registry

if TYPE_CHECKING:
    from flowengine.assets.models import Use, Version
    from flowengine.service.models import Figures

    Measured = Mapping[tuple[str, str, str], Figures]

_folder = click.argument(
    "folder", default="flows", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="[DIR]"
)
_where = click.argument("place", metavar="FLOW/NODE")


@click.group()
def models() -> None:
    """Learned models: files in models/ beside the flows, which node uses which version, and how good it is there."""


@models.command("list")
@_folder
@registry_option
@click.option("--json", "as_json", is_flag=True, help="Print them as one JSON object.")
def show(folder: Path, registry: Registry, as_json: bool) -> None:
    """List versions with their hash, and the nodes that use them with what was measured there.

    A node with a challenger has two lines: both models were told the same; difference is how far the challenger's
    answers were from those that count. Exit code 1: a node names a version that is not in models/.
    """
    from flowengine.assets.models import uses, versions
    from flowengine.flow.plan import sound_plans
    from flowengine.flow.project import load_project
    from flowengine.service.models import measured

    plans = sound_plans(load_project(folder), registry, settings.environment(), settings.secret)
    try:
        known, used = versions(folder), uses(plans)
        figures = measured(folder, used)
    except OSError as error:
        raise click.ClickException(str(error)) from None
    digests = {one.sha256 for one in known}
    missing = [use for use in used if use.file and use.sha256.lower() not in digests]
    if as_json:
        found = [
            {**msgspec.structs.asdict(_Row.of(use)), **figures.get((use.flow, use.node, use.role), {})} for use in used
        ]
        click.echo(msgspec.json.encode({"versions": known, "uses": found}).decode())
    else:
        click.echo("\n".join(_lines(known, used, missing, figures)))
    sys.exit(1 if missing else 0)


class _Row(msgspec.Struct):
    """A use, as JSON has it."""

    flow: str
    node: str
    type: str
    role: str
    file: str
    sha256: str
    version: str
    learns: bool

    @classmethod
    def of(cls, use: Use) -> _Row:
        return msgspec.convert(use, cls, from_attributes=True)


def _lines(known: Sequence[Version], used: Sequence[Use], missing: Sequence[Use], figures: Measured) -> Iterator[str]:
    from flowengine.assets.models import of

    if not known and not used:
        yield "no models: there is no file in models/ beside the flows, and no node that uses one"
        return
    for one in known:
        yield f"{f'{one.name} {one.version}'.strip():24} {one.sha256[:12]}  {one.size:>9} B  {one.file}"
        mine = of(one, used)
        yield from (_use(use, figures) for use in mine)
        if not mine:
            yield "  no flow uses it"
    for use in used:
        if not use.file:
            yield f"{'(learned by the node)':24} no file yet: flowengine models save"
            yield _use(use, figures)
    for use in missing:
        yield f"{use.file:24} {use.sha256[:12]}  NOT in models/"
        yield _use(use, figures)


def _use(use: Use, figures: Measured) -> str:
    found = figures.get((use.flow, use.node, use.role), {})
    told = [
        f"{name} {_shown(found[name])}" for name in ("count", "mae", "bias", "answers", "coverage") if name in found
    ]
    if use.role == "challenger" and found.get("difference") is not None:
        told.append(f"difference {_shown(found['difference'])}")
    return f"  {use.role:10} {use.flow}/{use.node}: {', '.join(told) or 'nothing measured yet'}"


def _shown(value: Any) -> str:
    return "-" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


@models.command()
@_folder
@_where
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def save(folder: Path, place: str, file: Path) -> None:
    """Write what a node of DIR has learned to FILE, such as flows/models/heat/2.json, and print its SHA-256.

    Nothing that runs is touched, and no file is overwritten: a version is one content.
    """
    from flowengine.service.models import document

    flow, node = _split(place)
    if file.exists():
        raise click.ClickException(f"{file} is there already: give the new version a name of its own")
    try:
        raw = document(folder, flow, node)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(raw)
    except (LookupError, OSError) as error:
        raise click.ClickException(str(error.args[0] if isinstance(error, LookupError) else error)) from None
    click.echo(f"{hashlib.sha256(raw).hexdigest()}  {file}")


@models.command()
@_folder
@_where
def promote(folder: Path, place: str) -> None:
    """Let the challenger of a node take over: file and hash change places in the flow file, and the shadow is empty.

    It is an ordinary change of the flow: it counts when it is deployed, with a yes from each side where it needs one.
    """
    from flowengine.flow.canonical import format_flow
    from flowengine.flow.file import write_text
    from flowengine.flow.project import load_project

    flow, node = _split(place)
    project = load_project(folder)
    found = project.flows.get(flow)
    data: Any = found.json.value if found is not None and found.flow is not None else None
    if found is None or data is None:
        raise click.ClickException(f"there is no sound flow '{flow}' in {folder}")
    options = data.get("nodes", {}).get(node, {}).get("options", {})
    if not options.get("challenger"):
        raise click.ClickException(
            f"{place} has no challenger; a node inside a subflow is promoted in the subflow's file"
        )
    options["file"], options["sha256"] = options.pop("challenger"), options.pop("challenger_sha256", "")
    options.pop("version", None)  # it was the name of the one that goes
    write_text(Path(found.json.file), format_flow(data))
    click.echo(f"{place} uses {options['file']} ({options['sha256'][:12]}) once the flow is deployed")


def _split(place: str) -> tuple[str, str]:
    flow, sign, node = place.partition("/")
    if not sign or not node:
        raise click.BadParameter(f"'{place}' is not FLOW/NODE", param_hint="FLOW/NODE")
    return flow, node
