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
@click.option("--ownership", is_flag=True, help="The schema of ownership.json instead.")
@click.option("--assets", is_flag=True, help="The schema of assets.json instead.")
@click.option("--notices", is_flag=True, help="The schema of notices.json instead.")
@click.option("--words", is_flag=True, help="The schema of words.json instead.")
def schema(
    registry: Registry, tests: bool, envelope: bool, ownership: bool, assets: bool, notices: bool, words: bool
) -> None:
    """Print the JSON Schema of flow files with the options of every installed node.

    In VS Code: flowengine schema > .vscode/flow.schema.json, then set "json.schemas" for flows/*.json.
    """
    from flowengine.assets import feed
    from flowengine.assets import file as parts
    from flowengine.flow import ownership as owners
    from flowengine.flow import words as said
    from flowengine.flow.schema import flow_schema
    from flowengine.rehearse import shape
    from flowengine.safety import shape as limits

    files = (
        (shape, tests),
        (limits, envelope),
        (owners, ownership),
        (parts, assets),
        (feed, notices),
        (said, words),
    )
    chosen = [one for one, asked in files if asked]
    wanted = chosen[0].schema() if chosen else flow_schema(registry)
    click.echo(msgspec.json.format(msgspec.json.encode(wanted), indent=2).decode())
