"""`flowengine import nodered`: flows of Node-RED as a folder of flow files."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from flowengine.errors import FlowEngineError


@click.group("import", short_help="Bring flows of other systems over.")
def import_() -> None:
    """Bring flows of other systems over."""


@import_.command("nodered", short_help="Bring flows of Node-RED over.")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), required=True, help="The new folder.")
@click.option(
    "--credentials",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Its flows_cred.json; left out: the one beside FILE, if there is one.",
)
@click.option(
    "--key", default="", help="The credentialSecret of its settings.js; or the variable NODE_RED_CREDENTIAL_SECRET."
)
@click.option(
    "--secrets",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the credentials to this file, as lines NAME=VALUE for the environment. Keep it out of git.",
)
@click.option("--asynchronous", is_flag=True, help="Keep Node-RED's order of messages, and its loops.")
@click.option(
    "--native", is_flag=True, help="Take flowengine's own nodes where they do the same with numbers and texts."
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def nodered(
    file: Path,
    output: Path,
    credentials: Path | None,
    key: str,
    secrets: Path | None,
    asynchronous: bool,
    as_json: bool,
    native: bool,
) -> None:
    """Bring the flows in FILE (a flows.json) over into a new folder.

    What cannot be carried over is said, with what is nearest to it, and kept for `flowengine export nodered`.
    Exits with 1 if something cannot run as it stands.
    """
    from flowengine.nodered.conversion import Wishes, convert
    from flowengine.nodered.entries import NotNodeRed, parse
    from flowengine.nodered.project import write
    from flowengine.registry import Registry

    try:
        values = parse(file.read_bytes())
    except NotNodeRed as error:
        raise FlowEngineError(f"{file}: {error}") from None
    wishes = Wishes(asynchronous=asynchronous, native=native)
    conversion = convert(values, Registry.discover(), wishes, _credentials(file, credentials, key))
    if secrets is not None:
        _write_secrets(secrets, conversion.secrets)
    _check(conversion)
    files = write(output, values, conversion, wishes)
    click.echo(json.dumps(conversion.report.as_dict(), indent=1) if as_json else conversion.report.text(), nl=as_json)
    if not as_json:
        click.echo(
            f"\n{len(files)} files in {output}; the report is in {output / 'nodered'}. Next: flowengine run {output}"
        )
    sys.exit(1 if any(conversion.report.has(level) for level in ("error", "loop", "placeholder")) else 0)


def _credentials(file: Path, stated: Path | None, key: str) -> dict[str, Any]:
    from flowengine.nodered.secrets import WrongKey, decrypt

    path = stated or file.with_name(f"{file.stem}_cred.json")
    if stated is None and not path.exists():
        return {}
    try:
        return decrypt(path.read_bytes(), key or os.environ.get("NODE_RED_CREDENTIAL_SECRET", ""))
    except WrongKey as error:
        raise FlowEngineError(f"{path}: {error}") from None


def _write_secrets(path: Path, secrets: dict[str, str]) -> None:
    from flowengine.settings import SECRET

    lines = [f"{SECRET}{name.upper().replace('-', '_')}={value}\n" for name, value in secrets.items()]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.writelines(lines)


def _check(conversion: Any) -> None:
    """Say in the report what `flowengine check` will find wrong."""
    from flowengine.flow.check import check_flow
    from flowengine.flow.problem import errors
    from flowengine.flow.project import Project
    from flowengine.registry import Registry

    project = Project.of(*conversion.flows.values(), connections=conversion.connections)
    registry = Registry.discover()
    for name, file in project.flows.items():
        for problem in errors(check_flow(file, project, registry)):
            if problem.code != "loop":
                conversion.report.add("error", problem.message, flow=name, node=problem.node, hint=problem.hint)
