"""`flowengine nodes`: the palette."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from flowengine.cli.node_page import contents, page
from flowengine.cli.options import registry_option
from flowengine.registry import Registry


@click.command()
@registry_option
@click.argument("name", required=False, metavar="[TYPE]")
@click.option("--json", "as_json", is_flag=True, help="Print the whole palette as JSON, schemas included.")
@click.option(
    "--pages", type=click.Path(path_type=Path), help="Write a page of Markdown for every node to this folder."
)
@click.option("--check", is_flag=True, help="With --pages: write nothing, exit 1 if the pages are not up to date.")
def nodes(registry: Registry, name: str | None, as_json: bool, pages: Path | None, check: bool) -> None:
    """List the installed node types, or show one with its help and options."""
    if pages is not None:
        _write_pages(registry, pages, check)
        return
    if name is not None:
        found = registry.types.get(name)
        if found is None:
            raise click.ClickException(f"there is no node type '{name}': {registry.hint(name)}")
        if as_json:
            click.echo(msgspec.json.format(msgspec.json.encode(found.as_dict()), indent=2).decode())
            return
        click.echo(page(found))
        return
    if as_json:
        palette = {
            "nodes": [registry.types[key].as_dict() for key in sorted(registry.types)],
            "failed": [{"package": failed.name, "error": failed.error} for failed in registry.failed],
        }
        click.echo(msgspec.json.format(msgspec.json.encode(palette), indent=2).decode())
        return
    for key in sorted(registry.types):
        entry = registry.types[key]
        origin = "local" if entry.local else f"{entry.package} {entry.version}".strip()
        click.echo(f"{key:24} {entry.cls.kind:10} {entry.title}  [{origin}]")


def _write_pages(registry: Registry, folder: Path, check: bool) -> None:
    """Write docs/nodes: a page a package-provided node, and a list of them."""
    shipped = [registry.types[key] for key in sorted(registry.types) if not registry.types[key].local]
    wanted = {folder / "README.md": contents(shipped)}
    wanted |= {folder / f"{entry.name.replace('/', '-')}.md": page(entry) for entry in shipped}
    stale = [file for file, text in wanted.items() if not file.is_file() or file.read_text(encoding="utf-8") != text]
    stale += [file for file in folder.glob("*.md") if file not in wanted]
    if check:
        for file in stale:
            click.echo(f"{file}: not up to date; run make docs")
        sys.exit(1 if stale else 0)
    folder.mkdir(parents=True, exist_ok=True)
    for file in stale:
        if file in wanted:
            file.write_text(wanted[file], encoding="utf-8")
        else:
            file.unlink()
    click.echo(f"{len(wanted)} pages in {folder}, {len(stale)} of them changed")
