"""`flowengine check`: every problem in the flows, at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from flowengine import settings
from flowengine.cli.options import flows_argument, registry_option
from flowengine.registry import Registry

if TYPE_CHECKING:
    from flowengine.flow.problem import Problem
    from flowengine.flow.project import Project


@click.command()
@flows_argument
@registry_option
@click.option("--json", "as_json", is_flag=True, help="Print the problems as one JSON array.")
def check(path: Path, registry: Registry, as_json: bool) -> None:
    """Check flows and the files beside them: form, node types, options, wires, loops, references, limits, assets.

    Exit code 0: no errors (warnings may be shown); 1: errors.
    """
    from flowengine.access.secret_store import SecretStore, secrets_file
    from flowengine.flow.check import check_project
    from flowengine.flow.ownership import check_ownership, ownership_file, read_ownership
    from flowengine.flow.plan import sound_plans
    from flowengine.flow.project import load_project
    from flowengine.flow.words import read_words
    from flowengine.safety.against import check_flows
    from flowengine.safety.envelope import envelope_file, read_envelope
    from flowengine.safety.owned import outputs_known

    settings.keep_secrets_in(SecretStore(secrets_file(path)).find)
    project = load_project(path)
    problems = check_project(project, registry, environment=settings.environment(), secrets=settings.secret)
    envelope, found = envelope_file(path), None
    if path.is_dir() and envelope.exists():
        found = read_envelope(envelope, registry, settings.environment(), settings.secret)
        problems += found.problems
        problems += check_flows(found, project, registry, settings.environment(), settings.secret)
    rule = ownership_file(path)
    if path.is_dir() and rule.exists():
        said = read_ownership(rule)
        plans = sound_plans(project, registry, settings.environment(), settings.secret)
        limits = None if found is None else found.json
        problems += said.problems or [*check_ownership(said, plans), *outputs_known(said, limits)]
    if path.is_dir():
        problems += _check_assets(path, project, registry)
        problems += read_words(path).problems
    errors = [problem for problem in problems if problem.severity == "error"]
    if as_json:
        click.echo(msgspec.json.encode([problem.as_dict() for problem in problems]).decode())
    else:
        for problem in problems:
            click.echo(str(problem))
        flows = len(project.flows)
        warnings = len(problems) - len(errors)
        click.echo(
            f"{flows} flow{'s' * (flows != 1)} checked: {len(errors)} error{'s' * (len(errors) != 1)}, "
            f"{warnings} warning{'s' * (warnings != 1)}"
        )
    sys.exit(1 if errors else 0)


def _check_assets(folder: Path, project: Project, registry: Registry) -> list[Problem]:
    """Check assets.json and notices.json, where there are any."""
    from flowengine.assets.feed import FILE, read_feed
    from flowengine.assets.file import assets_file, check_against, read_assets
    from flowengine.flow.plan import sound_plans

    found, problems = read_assets(assets_file(folder)), read_feed(folder / FILE).problems
    if not assets_file(folder).exists():
        return problems
    plans = sound_plans(project, registry, settings.environment(), settings.secret)
    return [*problems, *found.problems, *check_against(found, plans)]
