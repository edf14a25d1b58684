"""The form of a file: keys, types, names. What the engine cannot read as a flow at all."""

from __future__ import annotations

from itertools import islice
from typing import Any

import msgspec

from flowengine.flow.judge import judge
from flowengine.flow.model import VERSION
from flowengine.flow.problem import MOST, Problem, quoted
from flowengine.flow.shape import ConnectionsShape, FlowShape, Name, NodeShape, WireShape, shape_schema
from flowengine.flow.strict_json import Json

_CODES = {"unknown-key": "unknown-key", "missing-key": "missing-key", "bad-name": "bad-name", "bad-value": "bad-form"}


def check_form(json: Json, shape: type[FlowShape | ConnectionsShape], stem: str) -> list[Problem]:
    """Return everything in a file's JSON that is not as a flow file must be; `stem` is the name it has if none."""
    report = json.report()
    value: Any = json.value
    if isinstance(value, dict) and isinstance(value.get("flowengine"), int) and value["flowengine"] > VERSION:
        message = f"the file is of version {quoted(value['flowengine'])}; this flowengine reads version {VERSION}"
        report.error("newer-version", ("flowengine",), message, hint="update flowengine")
        return report.problems()
    if isinstance(value, dict) and "flowengine" not in value:
        hint = 'a flow file begins with {"flowengine": 1, ...'
        if "nodes" not in value:
            report.error("not-a-flow", (), "this is not a flow file: the key 'flowengine' is missing", hint=hint)
            return report.problems()
    if isinstance(value, list) and any(isinstance(item, dict) and "wires" in item for item in value[:50]):
        hint = "bring it over with: flowengine import nodered FILE -o OUT"
        report.error("node-red-flow", (), "this is a flow of Node-RED", hint=hint)
        return report.problems()
    suspect, numbers, cut = _suspect(value)
    if cut:
        report.error("too-many", (cut,), f"more than {MOST} of the {cut} are wrong; the rest was not looked at")
    for verdict in judge(shape_schema(shape), suspect):
        keys = verdict.keys
        if len(keys) > 1 and keys[0] == "wires" and isinstance(keys[1], int):
            keys = ("wires", numbers[keys[1]], *keys[2:])
        node = str(keys[1]) if len(keys) > 1 and keys[0] == "nodes" else ""
        message, hint = verdict.message, verdict.hint
        if keys[:1] == ("wires",) and "does not match" in message:
            message, hint = f"{quoted(_at(value, keys))} is no end of a wire", "write node or node.port"
        report.error(_CODES.get(verdict.code, verdict.code), keys, message, node=node, hint=hint)
    if isinstance(value, dict) and "name" not in value and not _is_name(stem):
        hint = "rename the file, or state a name of letters, digits, _ and -"
        report.error("bad-name", (), f"the file's name {quoted(stem)} cannot be the flow's name", hint=hint)
    return report.problems()


def _suspect(value: Any) -> tuple[Any, list[int], str]:
    """Return a flow without its sound nodes and wires, so that the slow judge has little to do.

    Also the numbers of the wires that are left, and what was cut because too much of it is wrong.
    """
    if not isinstance(value, dict):
        return value, [], ""
    left, numbers, cut = dict(value), [], ""
    nodes, wires = value.get("nodes"), value.get("wires")
    if isinstance(nodes, dict):
        wrong = (key for key, node in nodes.items() if not (_fits(key, Name) and _fits(node, NodeShape)))
        keys = list(islice(wrong, MOST + 1))
        left["nodes"] = {key: nodes[key] for key in keys[:MOST]}
        cut = "nodes" if len(keys) > MOST else cut
    if isinstance(wires, list):
        numbers = list(islice((n for n, wire in enumerate(wires) if not _fits(wire, WireShape)), MOST + 1))
        left["wires"] = [wires[n] for n in numbers[:MOST]]
        cut = "wires" if len(numbers) > MOST else cut
    return left, numbers, cut


def _is_name(text: str) -> bool:
    return _fits(text, Name)


def _fits(value: Any, shape: Any) -> bool:
    try:
        msgspec.convert(value, shape)
    except msgspec.ValidationError:
        return False
    return True


def _at(value: Any, keys: tuple[str | int, ...]) -> Any:
    for key in keys:
        value = value[key]
    return value
