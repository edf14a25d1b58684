# ruff: noqa: E501 - one case a line reads better
"""Cases of nodes that split, join and order sequences."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from tests.nodered.making import Case, case, msg


def splits(pick: random.Random) -> Iterator[Case]:
    values = ["a\nb\nc", "", "abcdef", "a,b,,c", [1, 2, 3, 4, 5], [], [[1], [2]], {"a": 1, "b": {"c": 2}}, {}, 5, True,
              {"type": "Buffer", "data": [1, 2, 10, 3, 4]}, "x\n"]  # fmt: skip
    for _ in range(110):
        kind = pick.choice(["str", "str", "len", "bin"])
        node = {"type": "split", "splt": {"str": pick.choice(["\\n", ",", "b"]), "len": pick.choice(["2", "3"]), "bin": "[10]"}[kind],
                "spltType": kind, "arraySplt": pick.choice([1, 1, 2, 3]), "arraySpltType": "len", "stream": pick.random() < 0.3,
                "addname": pick.choice(["", "key", "topic"]), "property": "payload"}  # fmt: skip
        messages = [
            msg(pick, pick.choice(values), **({"parts": {"id": "o", "index": 0}} if pick.random() < 0.2 else {}))
            for _ in range(5)
        ]
        yield case("", node, messages)


def joins(pick: random.Random) -> Iterator[Case]:
    for number in range(150):
        mode = ["custom", "auto", "reduce"][number % 3]
        node: dict[str, Any] = {"type": "join", "mode": mode, "build": pick.choice(["string", "array", "object", "merged", "buffer"]),
                "property": "payload", "propertyType": pick.choice(["msg", "msg", "msg", "full"]), "key": "topic", "joiner": pick.choice(["\\n", ",", ""]),
                "joinerType": "str", "useparts": pick.random() < 0.3, "accumulate": pick.random() < 0.2, "timeout": "",
                "count": pick.choice(["3", "2", "", "4"]), "reduceRight": pick.random() < 0.4, "reduceExp": pick.choice(["$A + payload", "$A + payload * $I", "$append($A, payload)"]),
                "reduceInit": pick.choice(["0", "10"]), "reduceInitType": "num", "reduceFixup": pick.choice(["", "$A / $N"])}  # fmt: skip
        if mode == "custom":
            messages = [
                msg(
                    pick,
                    pick.choice([1, "a", {"k": 1}, {"k": 2, "j": 1}, [1], "b"]),
                    topic=pick.choice(["t1", "t2", "t3"]),
                )
                for _ in range(8)
            ]
            if pick.random() < 0.4:
                messages.insert(5, {**messages[4], "complete": True})
            if pick.random() < 0.3:
                messages.insert(2, {"reset": True})
        else:
            kind = pick.choice(["string", "array", "object"]) if mode == "auto" else "array"
            count = pick.randint(2, 4)
            messages = []
            for group in ("g1", "g2"):
                for index in range(count):
                    parts: dict[str, Any] = {"id": group, "index": index, "count": count, "type": kind}
                    if kind == "string":
                        parts["ch"] = "-"
                    if kind == "object":
                        parts["key"] = f"k{index}"
                    messages.append(
                        {
                            "payload": pick.randint(0, 9) if kind != "string" else f"s{index}",
                            "topic": group,
                            "parts": parts,
                        }
                    )
            if pick.random() < 0.5:
                pick.shuffle(messages)
        yield case("", node, messages)


def sorts(pick: random.Random) -> Iterator[Case]:
    lists = [
        [3, 1, 2],
        ["b", "a", "C", "10", "9"],
        [10, 9, 1],
        [{"n": 2}, {"n": 1}, {"n": 10}],
        [],
        [1],
        ["5", 3, "1"],
        "text",
    ]
    for number in range(60):
        if number % 2:
            node = {"type": "sort", "target": "payload", "targetType": "msg", "msgKey": pick.choice(["n", "payload"]), "msgKeyType": pick.choice(["elem", "jsonata"]),
                    "order": pick.choice(["ascending", "descending"]), "as_num": pick.random() < 0.5}  # fmt: skip
            messages = [msg(pick, pick.choice(lists)) for _ in range(4)]
        else:
            node = {"type": "sort", "target": "", "targetType": "seq", "seqKey": pick.choice(["payload", "topic"]), "seqKeyType": pick.choice(["msg", "jsonata"]),
                    "order": pick.choice(["ascending", "descending"]), "as_num": pick.random() < 0.5}  # fmt: skip
            messages = [
                {
                    "payload": pick.choice([1, 10, 9, 2]),
                    "topic": pick.choice("abc"),
                    "parts": {"id": "s", "index": i, "count": 4},
                }
                for i in range(4)
            ]
            pick.shuffle(messages)
        yield case("", node, messages)


def batches(pick: random.Random) -> Iterator[Case]:
    for number in range(40):
        if number % 2:
            node = {"type": "batch", "mode": "count", "count": pick.choice(["2", "3", "4"]), "overlap": pick.choice(["0", "1"]), "interval": 10,
                    "allowEmptySequence": False, "honourParts": pick.random() < 0.3, "topics": []}  # fmt: skip
            messages = [msg(pick, i) for i in range(9)]
            if node["honourParts"]:
                messages = [{**m, "parts": {"id": "p", "index": i % 3, "count": 3}} for i, m in enumerate(messages)]
            if pick.random() < 0.3:
                messages.insert(4, {"reset": True})
        else:
            node = {
                "type": "batch",
                "mode": "concat",
                "count": 10,
                "overlap": 0,
                "interval": 10,
                "topics": [{"topic": "a"}, {"topic": "b"}],
            }
            messages = [
                {"payload": i, "topic": t, "parts": {"id": t, "index": i, "count": 2}} for t in "ab" for i in range(2)
            ]
            pick.shuffle(messages)
        yield case("", node, messages)
