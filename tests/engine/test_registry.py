"""Finding node types in single files."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.errors import RegistryError
from flowengine.registry import Registry

NODE = '''
from flowengine import Message, Transform

class Local(Transform, type="{name}"):
    """A node of one's own."""

    def process(self, msg: Message) -> Message:
        return msg
'''


def test_a_folder_of_single_files_brings_its_nodes(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(NODE.format(name="mine/local"))
    found = Registry.discover([tmp_path]).types["mine/local"]
    assert found.local
    assert found.title == "A node of one's own"


def test_a_file_that_fails_is_listed_and_the_others_work(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("import nothing_of_that_name")
    (tmp_path / "good.py").write_text(NODE.format(name="good/local"))
    registry = Registry.discover([tmp_path])
    assert "good/local" in registry.types
    (failed,) = registry.failed
    assert failed.name == "bad.py"
    assert "nothing_of_that_name" in failed.error
    assert "failed to import" in registry.hint("bad/node")


def test_two_files_that_claim_one_type_are_an_error_that_names_both(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text(NODE.format(name="same/node"))
    (tmp_path / "two.py").write_text(NODE.format(name="same/node"))
    with pytest.raises(RegistryError, match=r"claimed by two packages: .*one\.py.*two\.py"):
        Registry.discover([tmp_path])


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="there is no such folder"):
        Registry.discover([tmp_path / "nowhere"])


def test_a_missing_type_is_hinted_at() -> None:
    registry = Registry.discover()
    assert "did you mean 'modbus/read'?" in registry.hint("modbus/raed")
    assert "pip install flowengine-siemens" in registry.hint("siemens/read")
