"""docs/sbom.cdx.json says what an installation is made of."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").exists())
TEXT = (ROOT / "docs" / "sbom.cdx.json").read_text()


@pytest.fixture(scope="module")
def names() -> set[str]:
    bom: dict[str, Any] = json.loads(TEXT)
    return {canonicalize_name(f"{one.get('group', '')}/{one['name']}".strip("/")) for one in bom["components"]}


def test_it_is_sound_cyclonedx() -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(TEXT) is None


def test_it_names_every_dependency_of_the_engine_and_its_extras(names: set[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [texts for extra, texts in project["optional-dependencies"].items() if extra != "dev"]
    wanted = {
        canonicalize_name(Requirement(text).name) for texts in [project["dependencies"], *extras] for text in texts
    }
    assert wanted - names == set(), "run: make sbom"


def test_it_names_every_dependency_of_the_canvas(names: set[str]) -> None:
    package = json.loads((ROOT / "web" / "canvas" / "package.json").read_text())
    assert {canonicalize_name(name) for name in package["dependencies"]} - names == set(), "run: make sbom"


def test_it_names_no_tool_of_development_and_nothing_of_the_computer_that_made_it(names: set[str]) -> None:
    assert names & {"pytest", "mypy", "ruff", "vite", "typescript"} == set()
    assert re.findall(r"file:|timestamp|serialNumber|urn:uuid|localhost|/home/", TEXT) == []
