"""`flowengine export nodered`: a folder of flows that came from Node-RED, as a flows.json."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group(short_help="Give flows to other systems.")
def export() -> None:
    """Give flows to other systems."""


@export.command("nodered", short_help="Give flows back to Node-RED.")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="The flows.json; left out: stdout."
)
def nodered(folder: Path, output: Path | None) -> None:
    """Give the flows of a FOLDER that `flowengine import nodered` made back to Node-RED.

    What was not changed comes back as it was. Credentials do not: Node-RED keeps them in its own file.
    """
    from flowengine.flow.file import write_text
    from flowengine.flow.project import load_project
    from flowengine.nodered.exporting import export as exported
    from flowengine.nodered.project import read
    from flowengine.registry import Registry

    origins = read(folder)
    entries, report = exported(load_project(folder), origins, Registry.discover())
    text = json.dumps(entries, indent=4, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text)
    if report.findings:
        click.echo(report.text(), err=True, nl=False)
