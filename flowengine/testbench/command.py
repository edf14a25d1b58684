"""The command `flowengine testbench`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Test flows from any language, over stdin and stdout.")
@click.option(
    "--nodes-dir",
    "nodes_dirs",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder with node classes in single .py files; may be given several times.",
)
def testbench(nodes_dirs: tuple[Path, ...]) -> None:
    """Test flows from any language: a session over stdin and stdout, one JSON object a line.

    Load a flow, inject messages, see what comes where. Logs go to stderr. The session ends with the command quit or
    with the end of the input.
    """
    import os

    from flowengine.outgoing import ANYWHERE, VARIABLE
    from flowengine.testbench.lines import Lines, Output, own_stdout
    from flowengine.testbench.session import serve

    os.environ.setdefault(
        VARIABLE, ANYWHERE
    )  # what a test sends comes from the test, whose servers are on this computer
    with Output(own_stdout()) as output:
        serve(Lines(0), output, nodes_dirs)
