"""`flowengine schema`: the JSON Schema of a flow file, for editors such as VS Code."""

from __future__ import annotations

import click
import msgspec

from flowengine.cli.options import registry_option
from flowengine.registry import Registry


@click.command()
@registry_option
def schema(registry: Registry) -> None:
    """Print the JSON Schema of flow files with the options of every installed node.

    In VS Code: flowengine schema > .vscode/flow.schema.json, then set "json.schemas" for flows/*.json.
    """
    from flowengine.flow.schema import flow_schema

    click.echo(msgspec.json.format(msgspec.json.encode(flow_schema(registry)), indent=2).decode())
