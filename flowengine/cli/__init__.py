"""The command line. Each command lives in a module of its own that is loaded when it is called."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import entry_points

import click

from flowengine import __version__
from flowengine.errors import FlowEngineError

COMMANDS = {
    "run": "flowengine.cli.run:run",
    "check": "flowengine.cli.check:check",
    "fmt": "flowengine.cli.fmt:fmt",
    "diff": "flowengine.cli.diff:diff",
    "impact": "flowengine.cli.impact:impact",
    "simulate": "flowengine.cli.simulate:simulate",
    "changes": "flowengine.cli.changes:changes",
    "verify": "flowengine.cli.verify:verify",
    "merge": "flowengine.cli.merge:merge",
    "test": "flowengine.rehearse.command:test",
    "testbench": "flowengine.testbench.command:testbench",
    "import": "flowengine.cli.import_:import_",
    "export": "flowengine.cli.export:export",
    "nodered": "flowengine.cli.nodered:nodered",
    "nodes": "flowengine.cli.nodes:nodes",
    "schema": "flowengine.cli.schema:schema",
    "new-node": "flowengine.cli.new_node:new_node",
    "openapi": "flowengine.cli.openapi:openapi",
    "audit": "flowengine.cli.audit:audit",
    "envelope": "flowengine.cli.envelope:envelope",
    "keys": "flowengine.cli.keys:keys",
    "top": "flowengine.cli.top.command:top",
    "secrets": "flowengine.cli.secrets:secrets",
    "machines": "flowengine.cli.machines:machines",
    "alarms": "flowengine.cli.alarms:alarms",
    "assets": "flowengine.cli.assets:assets",
    "migrate": "flowengine.cli.migrate:migrate",
    "models": "flowengine.cli.models:models",
    "users": "flowengine.cli.users:users",
    "rights": "flowengine.cli.rights:rights",
    "backup": "flowengine.cli.backup:backup",
    "restore": "flowengine.cli.backup:restore",
    "history": "flowengine.cli.history:history",
    "dead-letters": "flowengine.cli.dead_letters:dead_letters",
}
"""Command -> where it is. Further ones come from installed packages by the entry point group `flowengine.commands`."""

GROUP = "flowengine.commands"


class _Commands(click.Group):
    """Finds commands by name and loads only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*COMMANDS, *(entry.name for entry in entry_points(group=GROUP))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            module, _, name = COMMANDS[cmd_name].partition(":")
            command: click.Command = getattr(importlib.import_module(module), name)
            return command
        for entry in entry_points(group=GROUP, name=cmd_name):
            loaded: click.Command = entry.load()
            return loaded
        return None


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="flowengine")
def cli() -> None:
    """Run and check flows that join machines (OT) and information systems (IT)."""


def main() -> None:
    """Run the command line; an error that the engine raised on purpose is shown as one, never as a traceback."""
    try:
        cli()
    except FlowEngineError as error:
        click.echo(f"flowengine: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(141)
    except OSError as error:  # a file that is not there, not ours, damaged, or a full disk: the text says which
        click.echo(f"flowengine: {error}", err=True)
        sys.exit(2)
