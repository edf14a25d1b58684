"""`flowengine verify`: does the history in git fit the record of who said yes?"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from flowengine import settings
from flowengine.cli.options import flows_argument, registry_option
from flowengine.errors import FlowEngineError
from flowengine.registry import Registry


@click.command()
@flows_argument
@registry_option
@click.option(
    "--state", type=click.Path(file_okay=False, path_type=Path), help="Where `flowengine run` keeps what it keeps."
)
def verify(path: Path, registry: Registry, state: Path | None) -> None:
    """Check that each commit which ran here and reaches a machine has a yes of IT and one of OT in the record.

    Each commit that has not is named, with the reason; so are trailers that nobody has given, and places where the
    record is not as it was written. Exit code 1 when there are any.
    """
    from flowengine.flow.content import POLICY
    from flowengine.flow.file import connections_file, parse_flow
    from flowengine.flow.impact import impact
    from flowengine.flow.plan import Plan, sound_plans
    from flowengine.flow.project import CONNECTIONS, Project
    from flowengine.flow.strict_json import parse_json
    from flowengine.safety.owned import owned_content
    from flowengine.service.changes.verifying import verify as hold
    from flowengine.service.places import own_folder
    from flowengine.store.git import GitFailed

    def plans(content: Mapping[str, str]) -> dict[str, Plan]:
        others = (CONNECTIONS, *POLICY)
        flows = [parse_flow(text, name) for name, text in content.items() if name not in others]
        shared = content.get(CONNECTIONS)
        found = connections_file(parse_json(shared, CONNECTIONS)) if shared is not None else None
        project = Project({flow.name: flow for flow in flows}, found, chosen=tuple(flow.name for flow in flows))
        return sound_plans(project, registry, settings.environment(), settings.secret)

    def reaches(before: Mapping[str, str], after: Mapping[str, str]) -> str:
        around = (registry, settings.environment(), settings.secret)
        rules = [owned_content(content, *around) for content in (after, before)]
        machines = [f"{one.flow}/{one.node}" for one in impact(plans(before), plans(after), *rules).machines]
        machines += [name for name in POLICY if before.get(name) != after.get(name)]
        return ", ".join(machines[:5])

    try:
        found = hold(path, state, own_folder(path, state), reaches)
    except GitFailed as error:
        raise FlowEngineError(f"there is no history to verify: {error}") from None
    for problem in found.problems:
        click.echo(problem)
    click.echo(
        f"{found.commits} commits, {found.ran} of them ran here since two keys are in force, {found.reached} reached a "
        f"machine; {found.nowhere} contents that ran are in no commit; problems: {len(found.problems)}"
    )
    sys.exit(1 if found.problems else 0)
