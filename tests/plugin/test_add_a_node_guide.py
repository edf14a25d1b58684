"""The commands of docs/add-a-node.md, run as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

GUIDE = Path(__file__).parents[2] / "docs" / "add-a-node.md"


def test_the_commands_of_the_guide_work(environment: Any, tmp_path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert len(blocks) >= 2
    text = environment.run("sh", "-e", "-c", "".join(blocks), cwd=tmp_path)
    assert "1 passed" in text
    assert "Multiply the payload by a gain and add an offset." in text


def test_a_scaffold_never_overwrites(environment: Any, tmp_path: Path) -> None:
    environment.run("flowengine", "new-node", "acme/scale", cwd=tmp_path)
    assert "will not overwrite" in environment.run("flowengine", "new-node", "acme/scale", cwd=tmp_path, status=1)


def test_a_name_that_is_no_type_is_refused(environment: Any, tmp_path: Path) -> None:
    assert "is no type name" in environment.run("flowengine", "new-node", "Scale", cwd=tmp_path, status=1)
