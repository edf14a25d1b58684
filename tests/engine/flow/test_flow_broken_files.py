"""Ten thousand broken flow files: each gives a list of problems, none a traceback, none is without end."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from typing import Any

from flowengine.errors import FlowInvalid
from flowengine.flow.canonical import format_text
from flowengine.flow.check import check_flow
from flowengine.flow.file import parse_flow
from flowengine.flow.plan import plan_flow
from flowengine.flow.project import Project
from flowengine.registry import Registry

FILES = 10_000
SEED = int(os.environ.get("FLOWENGINE_FUZZ_SEED", "20261"))

SOUND: dict[str, Any] = {
    "flowengine": 1,
    "name": "main",
    "note": "",
    "subflow": {
        "parameters": {"gain": {"type": "number", "default": 2}},
        "inputs": {"in": ["scale", "switch.in"]},
        "outputs": {"out": ["scale.out"]},
    },
    "environment": {"PORT": "502"},
    "connections": {"plc": {"type": "test/device", "options": {"host": "${HOST:-h}", "port": "${PORT}"}}},
    "nodes": {
        "read": {"type": "test/read", "options": {"connection": "plc", "address": 3, "data_type": "float32"}},
        "tick": {"type": "test/tick", "options": {"every": 0.5, "payload": {"a": [1, None, "x"]}}},
        "scale": {"type": "test/scale", "options": {"gain": "${parameter:gain}", "low": 0, "high": 5.5}},
        "switch": {"type": "test/switch", "options": {"ways": ["a", "b"]}, "disabled": False},
        "limits": {"type": "test/limits", "options": {"ranges": {"r": {"least": 0, "most": 1}}, "tags": ["t"]}},
        "ask": {"type": "test/ask", "options": {"token": "${secret:token}"}, "note": "n"},
        "zone": {"type": "flow/zone", "options": {"n": 1}},
        "write": {"type": "test/write", "options": {"connection": "plc"}},
    },
    "wires": [
        {"from": "read", "to": "scale"},
        {"from": "scale.out", "to": "write.in", "queue": {"size": 5, "full": "drop-oldest"}},
        {"from": "tick", "to": "switch"},
        {"from": "switch.a", "to": "limits", "disabled": True},
        {"from": "limits", "to": "switch", "feedback": {"initial": 0}},
        {"from": "tick.error", "to": "zone"},
        {"from": "zone", "to": "ask"},
    ],
    "layout": {"read": [1, 2], "tick": [3, 4]},
}
SOUND_TEXT = json.dumps(SOUND)
ZONE = {
    "flowengine": 1,
    "subflow": {"parameters": {"n": {"type": "integer"}}, "inputs": {"in": ["a"]}, "outputs": {"out": ["a"]}},
    "nodes": {"a": {"type": "test/add"}, "b": {"type": "test/tick", "options": {"every": "${parameter:n}"}}},
}
STRANGE: list[Callable[[random.Random], Any]] = [
    lambda r: None,
    lambda r: r.choice([True, False]),
    lambda r: r.choice([0, -1, 10**30, -(10**400), 1.5, 1e308, 0.1 + 0.2]),
    lambda r: r.choice(["", "x", "${", "${NONE}", "${secret:none}", "$${", "a.b", "a.b.c", "a\n", "\x00", "é", "🙂"]),
    lambda r: r.choice(
        ["flow/main", "flow/zone", "flow/", "test/scale", "test/device", "/", "test/", "tick", "zone/b"]
    ),
    lambda r: "x" * r.choice([100, 10_000]),
    lambda r: [],
    lambda r: {},
    lambda r: [[[[1]]]],
    lambda r: {"from": "tick", "to": "tick"},
    lambda r: {"type": r.choice(["test/rotten", "test/tick", "flow/main"]), "options": {"depth": 1}},
    lambda r: {"": {"": ""}},
]


def place(value: Any, rng: random.Random) -> tuple[list[Any], Any]:
    """Walk down to some place in a value; return the way and what stands there."""
    path: list[Any] = []
    while isinstance(value, dict | list) and value and (not path or rng.random() < 0.8):
        key = rng.choice(list(value)) if isinstance(value, dict) else rng.randrange(len(value))
        path.append(key)
        value = value[key]
    return path, value


def change(data: Any, rng: random.Random) -> Any:
    """Replace, remove, rename or double one thing anywhere in the flow."""
    *around, last = place(data, rng)[0]
    holder = data
    for key in around:
        holder = holder[key]
    what = rng.randrange(5)
    if what == 0 or (what == 2 and isinstance(holder, list)):
        del holder[last]
    elif what == 1:
        holder[last] = json.loads(json.dumps(place(data, rng)[1]))
    elif what == 2:
        holder[rng.choice(["", "a b", str(last) + "x", "type", "options", "error", "x.y", "ü" * 200])] = holder.pop(
            last
        )
    elif what == 3 and isinstance(holder, list):
        holder.append(holder[last])
    else:
        holder[last] = rng.choice(STRANGE)(rng)
    return data


def spoil(text: str, rng: random.Random) -> bytes:
    """Break the text itself."""
    raw = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(raw) + 1)
        what = rng.randrange(10)
        if what == 0:
            del raw[at:]
        elif what == 1 and at < len(raw):
            raw[at] ^= 1 << rng.randrange(8)
        elif what == 2:
            raw[at:at] = rng.choice(
                [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"//", b"'", b",", b"\\ud800", b"\x00"]
            )
        elif what == 3:
            raw[:0] = rng.choice([b"\xef\xbb\xbf", b"\xff\xfe", b"[", b"{"])
        elif what == 4:
            end = rng.randrange(at, len(raw) + 1)
            raw[at:at] = raw[at:end]
        elif what == 5:
            end = min(len(raw), at + rng.randrange(50))
            del raw[at:end]
        elif what == 6:
            raw[at:at] = rng.choice([b"[", b'{"a":']) * rng.choice([50, 2000])
        elif what == 7:
            raw = bytearray(bytes(raw).replace(b'"read"', b'"tick"'))
        elif what == 8:
            raw = bytearray(bytes(raw).decode("utf-8", "replace").encode("utf-16"))
        else:
            raw[at:at] = rng.randbytes(3)
    return bytes(raw)


def broken(n: int, rng: random.Random) -> bytes:
    if n < 12:
        deep = 100_000
        return [
            b"[" * deep,
            b'{"a":' * deep,
            b'{"flowengine": 1, "nodes": ' + b"[" * deep + b"]" * deep + b"}",
            b'{"flowengine": 1, "note": "' + b"x" * 1_000_000 + b'"}',
            b'{"flowengine": 1, "nodes": {"' + b"x" * 1_000_000 + b'": {"type": "a/b"}}}',
            b'{"flowengine": 1, "nodes": {"a": {"type": "' + b"x" * 1_000_000 + b'"}}}',
            b'{"flowengine": ' + b"1" * 100_000 + b"}",
            b'{"flowengine": 1, "wires": [' + b"1," * 500_000 + b"1]}",
            b'{"flowengine": 1, "nodes": {' + b'"a": 1,' * 100_000 + b'"b": 2}}',
            b'{"flowengine": 1, "nodes": {"a": {"type": "test/tick", "options": {"every": "'
            + b"${" * 200_000
            + b'"}}}}',
            b"\xef\xbb\xbf" * 1000,
            b" " * 20_000_000,
        ][n]
    data = json.loads(SOUND_TEXT)
    for _ in range(rng.randrange(1, 4)):
        data = change(data, rng)
    text = json.dumps(data, indent=rng.choice([None, 1]))
    return spoil(text, rng) if rng.random() < 0.5 else text.encode()


def test_ten_thousand_broken_files_give_problems_and_nothing_else(registry: Registry) -> None:
    print(f"seed {SEED}")
    project = Project.of(parse_flow(json.dumps(ZONE), "zone.json"), parse_flow(json.dumps(SOUND), "main.json"))
    with_problems = 0
    for n in range(FILES):
        raw = broken(n, random.Random(SEED * FILES + n))
        try:
            problems = look_at(raw, project, registry)
        except Exception as error:
            raise AssertionError(f"seed {SEED}, file {n}: {raw[:2000]!r}") from error
        with_problems += bool(problems)
    assert with_problems > FILES * 0.8


def look_at(raw: bytes, project: Project, registry: Registry) -> list[str]:
    file = parse_flow(raw, "main.json")
    problems = check_flow(file, project, registry, {}, {"token": "s3cret-token"}.get) if file.flow else file.problems
    lines = [str(problem) for problem in problems]
    assert all("\n" not in line for line in lines)
    assert file.flow is not None or any(problem.severity == "error" for problem in problems)
    assert not any("s3cret" in line for line in lines)
    json.dumps([problem.as_dict() for problem in problems])
    if file.flow is not None and not any(problem.severity == "error" for problem in problems):
        plan_flow(file, project, registry, {}, {"token": "s3cret-token"}.get)
    if len(raw) < 100_000 and len(raw) % 4 == 0:  # a quarter of them is plenty
        try:
            formatted = format_text(raw)
        except FlowInvalid:
            assert problems
        else:
            assert format_text(formatted) == formatted
    return lines
