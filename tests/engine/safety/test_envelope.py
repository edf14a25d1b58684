"""The envelope: what it says, and what is wrong with one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from flowengine.cli import cli
from flowengine.flow.canonical import format_envelope, format_text
from flowengine.safety.envelope import EnvelopeFile, parse_envelope, read_envelope
from tests.engine.safety.conftest import OVEN, REGISTRY

Oven = Callable[..., EnvelopeFile]


def test_a_sound_envelope_says_for_each_output_where_it_is_and_what_it_may_be_told(oven: Oven) -> None:
    file = oven()
    assert file.problems == []
    assert file.envelope is not None
    heater, fan = file.envelope.outputs["heater"], file.envelope.outputs["fan"]
    assert heater.address == "tcp://10.0.0.5:502/1/holding/20/float32"
    assert (heater.low, heater.high, heater.safe, heater.numeric) == (0.0, 100.0, 0.0, True)
    assert fan.address == "tcp://10.0.0.5:502/1/coil/1/bool"
    assert (fan.values, fan.safe, fan.numeric) == ((False, True), None, False)
    assert file.envelope.inputs == {"temperature": 3.0, "shown": 5.0, "door": 5.0, "button": 5.0}
    assert file.envelope.order == ("fan", "heater")


@pytest.mark.parametrize(
    ("change", "where", "what"),
    [
        (("version", 0), "$.version", "at least 1"),
        (("outputs.heater.rang", [0, 1]), "$.outputs.heater.rang", "no key 'rang'"),
        (("outputs.heater.writers", None), "$.outputs.heater", "'writers' is missing"),
        (("outputs.heater.writers", ["anyone"]), "$.outputs.heater.writers[0]", "does not match"),
        (("outputs.heater.range", [5, 1]), "$.outputs.heater.range", "more than the most"),
        (("outputs.heater.safe", 200), "$.outputs.heater.safe", "not within 0 to 100"),
        (("outputs.heater.safe", True), "$.outputs.heater.safe", "not within 0 to 100"),
        (("outputs.fan.safe", "on"), "$.outputs.fan", "nothing says what may be written"),
        (("outputs.fan.values", ["on"]), "$.outputs.fan.options", "cannot be written there"),
        (("outputs.heater.values", [True]), "$.outputs.heater.values", "a range or values"),
        (("outputs.fan.rate", 1), "$.outputs.fan.rate", "the output has no range"),
        (("outputs.heater.options.addres", 1), "$.outputs.heater.options.addres", "no option 'addres'"),
        (("outputs.heater.options.connection", "plan"), "$.outputs.heater.options.connection", "no connection 'plan'"),
        (("outputs.heater.options.count", 2), "$.outputs.heater.options", "must be a list"),
        (("outputs.heater.type", "modbus/read"), "$.outputs.heater.type", "must be of kind actuator"),
        (("outputs.heater.type", "modbus/rite"), "$.outputs.heater.type", "no node of type"),
        (("outputs.heater.read_back.input", "show"), "$.outputs.heater.read_back.input", "no input 'show'"),
        (("outputs.heater.unit", "degC"), "$.outputs.heater.unit", "the node's unit is '%'"),
        (("outputs.heater.range", [0, 99.123456789]), "", ""),
        (("inputs.temperature.type", "modbus/write"), "$.inputs.temperature.type", "must be of kind source"),
        (("inputs.heater", OVEN["inputs"]["door"]), "$.outputs.heater", "is an input too"),
        (("outputs.second", OVEN["outputs"]["heater"]), "$.outputs.second", "writes where 'heater' does"),
        (("emergency_stop.order", ["van"]), "$.emergency_stop.order[0]", "no output 'van'"),
        (("emergency_stop.order", ["fan", "fan"]), "$.emergency_stop.order[1]", "twice"),
        (("emergency_stop.when", [{"when": "knob", "text": "x"}]), "$.emergency_stop.when[0].when", "no input 'knob'"),
        (
            ("outputs.heater.interlocks", [{"when": "temprature > 1", "text": "x"}]),
            "$.outputs.heater.interlocks[0].when",
            "no input 'temprature'",
        ),
        (
            ("outputs.heater.permissives", [{"when": "door.shut", "text": "x"}]),
            "$.outputs.heater.permissives[0].when",
            "an input has .quality and .age",
        ),
        (
            ("outputs.mail", {**OVEN["outputs"]["fan"], "type": "debug/log", "options": {}}),
            "$.outputs.mail.type",
            "its connection is none of OT's",
        ),
    ],
)
def test_a_problem_is_named_with_its_line_and_path(oven: Oven, change: tuple[str, Any], where: str, what: str) -> None:
    found = oven(change).problems
    if not where:
        assert found == []
        return
    assert [p for p in found if p.path.startswith(where) and what in p.message], [str(p) for p in found]
    assert all(p.line > 0 and p.file == "envelope.json" for p in found)
    assert oven(change).envelope is None


def test_a_limit_that_the_device_cannot_hold_is_named_with_the_nearest_that_it_can(oven: Oven) -> None:
    options = {"connection": "plant", "address": 20, "data_type": "int16", "scale": 0.5}
    found = oven(("outputs.heater.options", options), ("outputs.heater.range", [0, 99.75])).problems
    assert [(p.path, p.hint) for p in found] == [("$.outputs.heater.range", "write 100.0")]


def test_a_limit_is_as_the_device_holds_it(oven: Oven) -> None:
    envelope = oven(("outputs.heater.range", [0, 0.3]), ("outputs.heater.options.engineering_unit", None)).envelope
    assert envelope is not None
    assert envelope.outputs["heater"].high == pytest.approx(0.3, abs=1e-7)
    assert envelope.outputs["heater"].high != 0.3


def test_a_plug_in_that_cannot_say_what_it_writes_is_refused(oven: Oven, monkeypatch: pytest.MonkeyPatch) -> None:
    cls = REGISTRY.types["modbus/write"].cls
    monkeypatch.setattr(cls, "writes", lambda self, msg: None)
    found = oven().problems
    assert {p.code for p in found} == {"cannot-say"}


def test_a_device_that_a_variable_chooses_is_worth_a_look(oven: Oven) -> None:
    file = oven(("connections.plant.options.port", "${OVEN_PORT:-5020}"))
    assert [(p.severity, p.path) for p in file.problems] == [("warning", "$.connections.plant.options.port")]
    assert file.envelope is not None


def test_without_the_variables_only_the_form_is_judged() -> None:
    file = parse_envelope(format_envelope(OVEN), REGISTRY)
    assert (file.problems, file.envelope) == ([], None)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"flowengine": 1, "flowengine": 2}', b"\xff\xfe"])
def test_what_is_no_envelope_is_said_to_be_none(text: str | bytes) -> None:
    file = parse_envelope(text, REGISTRY, {})
    assert file.envelope is None
    assert file.problems
    assert not file.sound


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert "cannot be read" in read_envelope(tmp_path / "envelope.json", REGISTRY, {}).problems[0].message


def test_the_canonical_form_is_stable_and_orders_keys_like_the_documentation() -> None:
    text = format_envelope({key: OVEN[key] for key in reversed(OVEN)})
    assert format_text(text, "flows/envelope.json") == text
    assert re.findall(r'^  "(\w+)"', text, re.MULTILINE) == list(OVEN)
    assert text.index('"range"') < text.index('"writers"') < text.index('"watchdog"')


def test_fmt_and_check_look_at_the_envelope_too(tmp_path: Path) -> None:
    file = tmp_path / "envelope.json"
    (tmp_path / "hello.json").write_text('{\n  "flowengine": 1,\n  "nodes": {}\n}\n')
    file.write_text(format_envelope(OVEN).replace("\n", " "))
    assert CliRunner().invoke(cli, ["fmt", str(tmp_path), "--check"]).exit_code == 1
    assert CliRunner().invoke(cli, ["fmt", str(tmp_path)]).exit_code == 0
    assert file.read_text() == format_envelope(OVEN)
    assert CliRunner().invoke(cli, ["check", str(tmp_path)]).exit_code == 0
    file.write_text(file.read_text().replace("[0, 100]", "[0, -100]"))
    answer = CliRunner().invoke(cli, ["check", str(tmp_path)])
    assert answer.exit_code == 1
    assert "$.outputs.heater.range" in answer.output


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["version", "outputs", "heater", "type", "options", "range", "safe", "writers"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_no_json_does_more_than_be_found_wrong(data: Any) -> None:
    import json

    file = parse_envelope(json.dumps({"flowengine": 1, "version": 1, "outputs": data}), REGISTRY, {})
    assert file.envelope is not None or file.problems
