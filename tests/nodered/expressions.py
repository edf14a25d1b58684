# ruff: noqa: E501 - one kind a line reads better
"""Expressions in JSONata and the msgs that they look at, made at random: mostly of what is compiled, some of the rest."""

from __future__ import annotations

import random
from typing import Any

NAMES = ["a", "b", "list", "deep", "text", "n", "nothing", "rows", "`odd name`"]
NUMBERS = ["0", "1", "2", "-1", "1.5", "-0.25", "3.14159", "100", "1e3", "0.1", "1e20", "1e-7", "123456789012345678"]
TEXTS = ['""', '"a"', "'b'", '"10"', '"1.50"', '"ünï"', '" x "', '"ABC abc"', '"-7"', '"0x1F"']
ONE = ["number", "string", "uppercase", "lowercase", "length", "trim", "floor", "ceil", "abs", "sqrt", "round", "sum", "max",
       "min", "average", "count", "exists", "boolean", "not", "type"]  # fmt: skip
TWO = ["round", "power", "contains", "substring", "substringBefore", "substringAfter"]
REST = ["payload.*", "**.n", "$keys(payload)", "payload.list[]", "$x := 1", "payload.rows^(n)", "$map([1,2], function($v) {$v})",
        "payload.rows{text: n}", "[1..3]", "$split('a,b', ',')", "payload.rows#$i.n"]  # fmt: skip

VALUES: list[Any] = [0, 1, -1, 2, 1.5, 5.0, 1e21, 0.1, 10**15, 12345.678, "", "a", "b", "10", " x ", "ünï", "abc ABC",
                     True, False, None, [], {}, [1], [1, 2, 3], [[1, 2], [3]], ["a", "b"], [None], [1, None, "a"], {"a": 1},
                     [{"n": 1, "text": "a"}, {"n": 2}, {"n": None}], {"a": {"b": [1, {"n": 2}]}}, [True], [[]], [0]]  # fmt: skip


def expression(pick: random.Random, depth: int = 3) -> str:
    """Return an expression."""
    if depth <= 0 or pick.random() < 0.15:
        return pick.choice([_path(pick, 0), _path(pick, 0), pick.choice(NUMBERS), pick.choice(TEXTS), pick.choice(["true", "false", "null", "$", "$$"])])  # fmt: skip
    kind = pick.randrange(14)
    inner = expression(pick, depth - 1)
    if kind < 3:
        return _path(pick, depth)
    if kind < 6:
        operator = pick.choice(["+", "-", "*", "/", "%", "=", "!=", "<", "<=", ">", ">=", "and", "or", "&", "&", "in"])
        return f"({inner} {operator} {expression(pick, depth - 1)})"
    if kind == 6:
        return f"({inner} ? {expression(pick, depth - 1)}{pick.choice([' : ' + expression(pick, depth - 1), ''])})"
    if kind < 9:
        return f"${pick.choice(ONE)}({inner})"
    if kind == 9:
        second = pick.choice([expression(pick, depth - 1), pick.choice(["0", "1", "2", "-2"]), pick.choice(TEXTS)])
        return f"${pick.choice(TWO)}({inner}, {second})"
    if kind == 10:
        return f"[{', '.join([inner] + [expression(pick, depth - 1) for _ in range(pick.randrange(3))])}]"
    if kind == 11:
        return f'{{"k": {inner}, {pick.choice(TEXTS)}: {expression(pick, depth - 1)}}}'
    if kind == 12:
        return pick.choice([f"-({inner})", f"({inner})", f"({inner}; {expression(pick, depth - 1)})", f"({inner})[0]"])
    return pick.choice([*REST, inner, inner, f"{inner} ~> $string()", f"$string({inner}, true)"])


def _path(pick: random.Random, depth: int) -> str:
    steps = [pick.choice(["payload", "payload", "payload", "payload", "topic", "$", "$$", "$$.payload"])]
    for _ in range(pick.randrange(4)):
        steps.append(pick.choice(NAMES))
        if depth and pick.random() < 0.15:
            steps[-1] = pick.choice([f"({expression(pick, depth - 1)})", f'{{"n": {pick.choice(NAMES)}}}', "$"])
        while pick.random() < 0.25:
            test = [pick.choice(["0", "1", "-1", "2", "1.7"]), f"n > {pick.choice(NUMBERS)}", "$", "n", "text", "$ = 1"]
            steps[-1] += f"[{pick.choice([*test, *([expression(pick, depth - 1)] if depth else [])])}]"
    return ".".join(steps)


def message(pick: random.Random) -> dict[str, Any]:
    """Return a msg that such expressions find something in."""
    inner = {name.strip("`"): pick.choice(VALUES) for name in pick.sample(NAMES, pick.randrange(len(NAMES)))}
    inner |= {"rows": [{"n": n, "text": "abc"[n], "deep": pick.choice(VALUES)} for n in range(pick.randrange(3))]}
    return {"payload": pick.choice([inner, inner, inner, [inner, {"n": 1}], pick.choice(VALUES)]), "topic": pick.choice(["t", 7, None])}  # fmt: skip
