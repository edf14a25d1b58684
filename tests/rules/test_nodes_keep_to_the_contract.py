"""What every built-in node must keep to."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from flowengine.node import Connection, Node, Transform, handlers
from flowengine.options import option_fields, problems, schema_of, state_fields
from flowengine.registry import Registry

ROOT = Path(__file__).parents[2]
REGISTRY = Registry.discover()
TYPES = sorted(name for name, entry in REGISTRY.types.items() if entry.cls.__module__.startswith("flowengine_nodes."))
every_node = pytest.mark.parametrize("name", TYPES)


def cls_of(name: str) -> type[Node]:
    return REGISTRY.types[name].cls


def test_nothing_that_is_installed_fails_to_import() -> None:
    assert REGISTRY.failed == []
    assert len(TYPES) > 30


@every_node
def test_a_node_has_help_that_begins_with_a_sentence_and_says_more(name: str) -> None:
    help_text = REGISTRY.types[name].help
    assert 10 <= len(REGISTRY.types[name].title) <= 110
    assert len(help_text.splitlines()) > 1


@every_node
def test_a_schema_is_valid_and_every_default_passes_it(name: str) -> None:
    schema = schema_of(cls_of(name))
    Draft202012Validator.check_schema(schema)
    defaults = {key: option["default"] for key, option in schema["properties"].items() if "default" in option}
    found = [reason for path, reason in problems({**schema, "required": []}, defaults)]
    assert found == []


@every_node
def test_every_option_is_described(name: str) -> None:
    for option, schema in schema_of(cls_of(name))["properties"].items():
        assert schema.get("description"), f"{name}: option {option} has no description"


@every_node
def test_a_node_has_a_test_file(name: str) -> None:
    module = cls_of(name).__module__.removeprefix("flowengine_nodes.").split(".")
    if module[0] == "nodered":  # its tests are flows of Node-RED, so they name a node as Node-RED does
        texts = "".join(file.read_text() for file in (ROOT / "tests" / "nodered").glob("*.py"))
        theirs = getattr(cls_of(name), "red", "") or name.partition("/")[2]
        assert f'"type": "{theirs}"' in texts or name in texts, f"no test in tests/nodered of {name}"
        return
    folder = ROOT / "tests" / "nodes" / module[0]
    found = [file.name for file in folder.glob("test_*.py") if module[-1] in file.name]
    assert found, f"no tests/nodes/{module[0]}/test_*{module[-1]}*.py"


@every_node
def test_the_page_of_a_node_is_up_to_date(name: str) -> None:
    from flowengine.cli.node_page import page

    file = ROOT / "docs" / "nodes" / f"{name.replace('/', '-')}.md"
    assert file.is_file(), "run make docs"
    assert file.read_text() == page(REGISTRY.types[name]), "run make docs"


@every_node
def test_ports_have_handlers_and_are_described_by_name(name: str) -> None:
    cls = cls_of(name)
    if issubclass(cls, Connection):
        assert not cls.inputs
        assert not cls.outputs
        return
    names = [port.name for port in (*cls.inputs, *cls.outputs)]
    assert "error" not in names, "every node has an error port already"
    if issubclass(cls, Transform):
        for port in cls.inputs[1:]:
            assert callable(getattr(cls, f"on_{port.name.replace('-', '_')}"))


@every_node
def test_options_and_state_do_not_overlap(name: str) -> None:
    cls = cls_of(name)
    assert not {field.name for field in option_fields(cls)} & set(state_fields(cls))
    assert callable(handlers)
