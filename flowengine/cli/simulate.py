"""`flowengine simulate`: what a change would have written to the machines, on what was recorded."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import msgspec

from flowengine.cli.options import registry_option
from flowengine.errors import FlowEngineError
from flowengine.registry import Registry


@click.command()
@click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="[DIR]", default="flows"
)
@click.option("--old", metavar="DIR|REV", default="HEAD", show_default=True, help="What to compare with.")
@click.option("--new", metavar="DIR|REV", default="", help="What to simulate; DIR as it stands by default.")
@click.option(
    "--state",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of what the engine keeps; by default DIR/.flowengine.",
)
@click.option("--hours", type=click.FloatRange(0.01, 8760), default=4.0, show_default=True, help="How far back.")
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON object.")
@registry_option
def simulate(
    folder: Path, old: str, new: str, state: Path | None, hours: float, as_json: bool, registry: Registry
) -> None:
    """Show what a change would have written to the machines in the last hours.

    The flows of DIR before and after the change run side by side on what the engine has recorded of their sources, in a
    process of its own that reaches no machine, behind the guard that the envelope makes. OLD and NEW are folders, or
    revisions of git in DIR. Recorded readings do not react to what the new version writes.

    Exit code 0: no command that was let through before would be refused, and nothing more would fail; 1: something
    would; 2: it could not be simulated.
    """
    from flowengine.service.places import own_folder
    from flowengine.simulate.process import Simulator
    from flowengine.simulate.report import lines

    with ExitStack() as stack:
        sides = [_place(folder, one, stack) for one in (old, new or str(folder))]
        recordings = own_folder(folder, state) / "recordings"
        result = Simulator(registry).folders(sides[0], sides[1], recordings, hours)
    if as_json:
        click.echo(msgspec.json.encode(result).decode())
    else:
        click.echo("\n".join(lines(result)))
    if result.state in ("failed", "nothing-recorded"):
        sys.exit(2)
    sys.exit(1 if result.worse else 0)


def _place(folder: Path, wanted: str, stack: ExitStack) -> Path:
    """Return the folder that is meant, or one with what it held at a revision.

    Raises:
        FlowEngineError: there is neither.
    """
    from flowengine.flow.content import POLICY
    from flowengine.flow.file import write_text
    from flowengine.flow.project import CONNECTIONS, OTHERS
    from flowengine.store.git import Git, GitFailed

    if Path(wanted).is_dir():
        return Path(wanted)
    git = Git(folder)
    try:
        names = git.run("ls-tree", "-z", "--name-only", "--end-of-options", wanted, "--", "./").decode().split("\0")
        texts = {Path(name).name: name for name in names if name.endswith(".json") and not name.endswith(".test.json")}
        made = Path(stack.enter_context(TemporaryDirectory(prefix="flowengine-simulation-")))
        for name in texts:
            if name not in OTHERS or name in (CONNECTIONS, *POLICY):
                text = git.run("show", "--end-of-options", f"{wanted}:./{name}").decode("utf-8", "replace")
                write_text(made / name, text)
    except GitFailed as error:
        raise FlowEngineError(f"'{wanted}' is neither a folder nor a revision of {folder}: {error}") from error
    return made
