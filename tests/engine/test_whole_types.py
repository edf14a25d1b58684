"""Types are whole before two threads use them at once."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from flowengine.registry import Registry
from flowengine.runtime.engine import Engine
from flowengine.service import Service
from flowengine.whole_types import make_whole

looks: list[str] = []


def looked_at(name: str) -> type[int]:
    """Stands where the type of a field does, so that it is seen when msgspec looks into the Struct."""
    looks.append(name)
    return int


def nested(name: str) -> type[msgspec.Struct]:
    """A Struct in which there is another."""
    inner = msgspec.defstruct(f"{name}Inner", [("a", f"looked_at('{name}')")], module=__name__)
    return msgspec.defstruct(name, [("inner", inner)])


@pytest.mark.parametrize(
    ("name", "begin"),
    [("OfAnEngine", lambda folder: Engine()), ("OfAService", lambda folder: Service(folder, Registry()))],
)
def test_nothing_is_left_to_be_looked_into_when_threads_begin(
    name: str, begin: Callable[[Path], object], tmp_path: Path
) -> None:
    kind = nested(name)
    begin(tmp_path)
    assert looks.count(name) == 1
    msgspec.convert({"inner": {"a": 1}}, kind)
    assert looks.count(name) == 1


def test_what_nodes_load_late_is_whole_when_it_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = nested("OfReminders")
    monkeypatch.delitem(sys.modules, "flowengine.assets.reminding", raising=False)
    importlib.import_module("flowengine.assets.reminding")
    assert looks.count("OfReminders") == 1
    msgspec.convert({"inner": {"a": 1}}, kind)
    assert looks.count("OfReminders") == 1


def test_a_type_with_a_name_that_nobody_knows_is_in_nobodys_way() -> None:
    unknown = msgspec.defstruct("Unknown", [("a", "nobody_knows")], module=__name__)
    make_whole()
    with pytest.raises(NameError, match="nobody_knows"):
        msgspec.convert({"a": 1}, unknown)
