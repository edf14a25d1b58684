"""`flowengine impact`: which outputs the change from one folder of flows to another can reach."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import msgspec

from flowengine import settings
from flowengine.cli.options import registry_option
from flowengine.registry import Registry

folder = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("old", type=folder)
@click.argument("new", type=folder)
@registry_option
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON object.")
def impact(old: Path, new: Path, registry: Registry, as_json: bool) -> None:
    """Show which outputs the change from the folder OLD to NEW can reach, and by which way.

    Exit code 0: no machine; 1: a machine, so that the change needs a yes from IT and one from OT where two keys are in
    force. Flows with errors are left out: `flowengine check` names them.
    """
    from flowengine.flow.content import POLICY, text_of
    from flowengine.flow.impact import impact as reach
    from flowengine.flow.plan import sound_plans
    from flowengine.flow.project import load_project
    from flowengine.safety.owned import owned_content

    def policy(place: Path) -> dict[str, str]:
        return {name: text for name in POLICY if (text := text_of(place / name)) is not None}

    around = (registry, settings.environment(), settings.secret)
    before, after = (sound_plans(load_project(one), *around) for one in (old, new))
    rules = [owned_content(policy(one), *around) for one in (new, old)]
    found = reach(before, after, *rules)
    if as_json:
        click.echo(msgspec.json.encode(msgspec.to_builtins(found)).decode())
    else:
        click.echo(f"differs: {', '.join(found.changed) or 'nothing'}")
        for one in found.outputs:
            where = f" ({one.device})" if one.device else ""
            click.echo(f"{one.owner.upper()}  {one.flow}/{one.node}: {one.type}{where}\n      {' > '.join(one.via)}")
        click.echo(f"outputs of OT that it can reach: {len(found.machines)}")
    sys.exit(1 if found.machines else 0)
