"""docs/flow-file.md says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flowengine.flow.canonical import format_text
from flowengine.flow.file import parse_flow

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").exists())
PAGE = (ROOT / "docs" / "flow-file.md").read_text()
EXAMPLES = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_is_a_flow_in_canonical_form(text: str) -> None:
    assert parse_flow(text).problems == []
    assert format_text(text) == text


def test_every_code_of_a_problem_is_explained() -> None:
    sources = "".join(file.read_text() for file in (ROOT / "flowengine" / "flow").glob("*.py"))
    used = set(
        re.findall(r'(?:error|warning|refused|_fault|about\.add)\(\s*(?:keys, result, )?"([a-z0-9-]+)"', sources)
    )
    used |= set(re.findall(r'(?:severity, |Problem\(\s*"(?:error|warning)", )"([a-z0-9-]+)"', sources))
    explained = set(re.findall(r"`([a-z0-9-]+)`", PAGE.split("| code | means |")[1]))
    assert used - explained == set()
    assert len(used) > 25
