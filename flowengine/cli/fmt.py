"""`flowengine fmt`: one canonical form of a flow file."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from flowengine.cli.options import flows_argument


@click.command()
@flows_argument
@click.option("--check", is_flag=True, help="Change nothing; exit 1 and name the files that are not in canonical form.")
def fmt(path: Path, check: bool) -> None:
    """Write flow files in their canonical form, so that git shows only what was really changed."""
    from flowengine.flow.canonical import format_text
    from flowengine.flow.file import write_text
    from flowengine.flow.ownership import ownership_file
    from flowengine.flow.project import flow_files
    from flowengine.safety.envelope import envelope_file

    changed = []
    others = [file for file in (envelope_file(path), ownership_file(path)) if file.exists()]
    for file in [path] if path.is_file() else [*flow_files(path), *others]:
        raw = file.read_bytes()
        canonical = format_text(raw, str(file))
        if canonical.encode() != raw:
            changed.append(file)
            if not check:
                write_text(file, canonical)
    for file in changed:
        click.echo(f"{file}: {'not in canonical form; run flowengine fmt' if check else 'formatted'}")
    sys.exit(1 if changed and check else 0)
