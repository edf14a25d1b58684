"""`flowengine new-node acme/scale`: a plug-in package with one node, its test and its page."""

from __future__ import annotations

import re
from pathlib import Path

import click

PYPROJECT = """\
[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "flowengine-{package}"
version = "0.1.0"
description = "Nodes for flowengine: {package}"
requires-python = ">=3.11"
dependencies = ["flowengine-ot>=0.1"]

[project.optional-dependencies]
dev = ["pytest>=9"]

[project.entry-points."flowengine.nodes"]
{module} = "flowengine_{module}"

[tool.hatch.build.targets.wheel]
packages = ["flowengine_{module}"]

[tool.pytest.ini_options]
pythonpath = ["."]
"""

INIT = '''\
"""Nodes of {package}: this list is what the palette shows."""

from flowengine_{module}.{name} import {cls}

__all__ = ["{cls}"]
'''

NODE = '''\
"""The node {type}."""

from typing import Annotated

from flowengine import BadData, Message, Transform
from msgspec import Meta


class {cls}(Transform, type="{type}"):
    """Multiply the payload by a gain and add an offset.

    In: a number. Out: the number times `gain` plus `offset`. Anything else is refused and goes to the error port.
    """

    gain: Annotated[float, Meta(description="Multiply the payload by this")] = 1.0
    offset: Annotated[float, Meta(description="Then add this")] = 0.0

    def process(self, msg: Message) -> Message:
        """Return the message with its payload scaled."""
        if not isinstance(msg.payload, int | float):
            raise BadData(f"{{msg.payload!r:.40}} is not a number")
        return msg.with_payload(msg.payload * self.gain + self.offset)
'''

TEST = '''\
"""Tests of {type}."""

from flowengine.testing import outputs_of
from flowengine_{module}.{name} import {cls}


def test_{name}_multiplies_then_adds() -> None:
    assert outputs_of({cls}(gain=2, offset=1), 20) == [41]
'''

README = """\
# flowengine-{package}

Nodes for [flowengine](https://pypi.org/project/flowengine-ot/).

    pip install -e ".[dev]"
    pytest
    flowengine nodes {type}
"""


@click.command("new-node")
@click.argument("type_name", metavar="PACKAGE/NAME")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder to write to; default flowengine-PACKAGE.")
def new_node(type_name: str, output: Path | None) -> None:
    """Write a plug-in package with one node, ready to install, test and edit. Never overwrites a file."""
    match = re.fullmatch(r"([a-z][a-z0-9-]*)/([a-z][a-z0-9-]*)", type_name)
    if match is None:
        raise click.ClickException(
            f"'{type_name}' is no type name: write package/name in lower case, such as acme/scale"
        )
    package, node = match.groups()
    module, name = package.replace("-", "_"), node.replace("-", "_")
    words = {
        "package": package,
        "module": module,
        "name": name,
        "type": type_name,
        "cls": "".join(word.capitalize() for word in name.split("_")),
    }
    root = output or Path(f"flowengine-{package}")
    files = {
        root / "pyproject.toml": PYPROJECT,
        root / "README.md": README,
        root / f"flowengine_{module}" / "__init__.py": INIT,
        root / f"flowengine_{module}" / f"{name}.py": NODE,
        root / f"flowengine_{module}" / "py.typed": "",
        root / "tests" / f"test_{name}.py": TEST,
    }
    taken = [str(file) for file in files if file.exists()]
    if taken:
        raise click.ClickException(f"will not overwrite {', '.join(taken)}; choose another folder with -o")
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(**words) if text else "", encoding="utf-8")
        click.echo(str(file))
    click.echo(f'\nNext: cd {root} && pip install -e ".[dev]" && pytest && flowengine nodes {type_name}')
