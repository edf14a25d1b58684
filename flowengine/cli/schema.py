"""`flowengine schema`: the JSON Schema of a flow file, for editors such as VS Code."""

from __future__ import annotations

import click
import msgspec

from flowengine.cli.options import registry_option
from flowengine.registry import Registry


@click.command()
@registry_option
@click.option("--tests", is_flag=True, help="The schema of test files (x.test.json) instead.")
@click.option("--envelope", is_flag=True, help="The schema of envelope.json instead.")
def schema(registry: Registry, tests: bool, envelope: bool) -> None:
    """Print the JSON Schema of flow files with the options of every installed node.

    In VS Code: flowengine schema > .vscode/flow.schema.json, then set "json.schemas" for flows/*.json.
    """
    from flowengine.flow.schema import flow_schema
    from flowengine.rehearse import shape
    from flowengine.safety import shape as limits

    wanted = shape.schema() if tests else limits.schema() if envelope else flow_schema(registry)
    click.echo(msgspec.json.format(msgspec.json.encode(wanted), indent=2).decode())
