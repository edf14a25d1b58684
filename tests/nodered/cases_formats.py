# ruff: noqa: E501 - one case a line reads better
"""Cases of nodes that read and write formats."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.nodered.making import Case, case, msg


def jsons(pick: random.Random) -> Iterator[Case]:
    texts = ['{"a":1}', "[1,2]", "5", '"x"', "{bad", "null", "true", "", '{"a":{"b":[1,2.5]}}']
    for _ in range(60):
        node = {
            "type": "json",
            "property": "payload",
            "action": pick.choice(["", "obj", "str"]),
            "pretty": pick.random() < 0.3,
        }
        messages = [msg(pick) for _ in range(4)] + [msg(pick, pick.choice(texts)) for _ in range(4)]
        if pick.random() < 0.3:
            messages = [{**m, "schema": {"type": "object", "properties": {"a": {"type": "number"}}}} for m in messages]
        yield case("", node, messages)


def csvs(pick: random.Random) -> Iterator[Case]:
    texts = ["a,b,c\n1,2,3\n4,5,6\n", "1,2,3", 'x,"y,z",w\n', '"a ""q"" b",2\n3,4\n', "1,,3\n", "a\tb\n1\t2", "a;b\n1;2", "\n\n1,2\n",
             "name,value\nx,1\ny,002\nz,-1.5e3\n", "a,b\r\n1,2\r\n", '"multi\nline",2\n', "1, 2 ,3\n", "", "true,false,null\n"]  # fmt: skip
    values = [
        {"a": 1, "b": "x"},
        [{"a": 1, "b": 2}, {"a": 3, "b": "q,r"}],
        [[1, 2], [3, 4]],
        [1, 2, 3],
        {"a": None, "b": 'say "hi"'},
        [],
        {"a": True},
    ]
    for _ in range(150):
        node = {"type": "csv", "spec": pick.choice(["rfc", "rfc", ""]), "sep": pick.choice([",", ",", ",", "\\t", ";"]), "hdrin": pick.random() < 0.5,
                "hdrout": pick.choice(["none", "all", "once"]), "multi": pick.choice(["one", "mult"]), "ret": pick.choice(["\\n", "\\r\\n"]),
                "temp": pick.choice(["", "", "a,b", "a,b,c", "a,,c"]), "skip": pick.choice(["0", "0", "1"]), "strings": pick.random() < 0.7,
                "include_empty_strings": pick.random() < 0.4, "include_null_values": pick.random() < 0.4}  # fmt: skip
        yield case("", node, [msg(pick, pick.choice(texts + values)) for _ in range(5)])


def xmls(pick: random.Random) -> Iterator[Case]:
    texts = ["<a>1</a>", "<a><b>1</b><b>2</b><c/></a>", '<a x="1" y="z">t<b/></a>', "<a>", "", "<a>&lt;&amp;</a>", "<a><![CDATA[<x>]]></a>",
             "<a>\n  <b> s </b>\n</a>", "<?xml version='1.0'?><r><i n='1'>a</i><i n='2'>b</i></r>", "text"]  # fmt: skip
    values = [
        {"a": "x"},
        {"a": {"b": ["1", "2"]}},
        {"a": {"$": {"k": "v"}, "_": "t"}},
        {"a": 1, "b": 2},
        {"a": {"b": {"c": "<&>"}}},
        5,
        {"a": ""},
        {"a": None},
    ]
    for _ in range(50):
        node = {
            "type": "xml",
            "property": "payload",
            "attr": pick.choice(["", "", "at"]),
            "chr": pick.choice(["", "", "tx"]),
        }
        yield case("", node, [msg(pick, pick.choice(texts + values)) for _ in range(6)])
    wishes: list[dict[str, object]] = [
        {"explicitArray": False},
        {"mergeAttrs": True},
        {"mergeAttrs": True, "explicitArray": False},
        {"ignoreAttrs": True, "explicitRoot": False},
        {"normalizeTags": True, "normalize": True},
        {"trim": True, "explicitCharkey": True},
        {"emptyTag": None, "attrkey": "att", "charkey": "text"},
        {},
    ]
    rich = '<Plant Id="7" line="a">\n  <Name> two   words </Name><Name k="v">x</Name><Off/><Id>9</Id> tail </Plant>'
    for options in wishes:
        node = {"type": "xml", "property": "payload", "attr": "", "chr": ""}
        yield case(
            "", node, [{"payload": given, "options": options} for given in (rich, "<a>1</a>", {"a": {"b": "1"}})]
        )


def yamls(pick: random.Random) -> Iterator[Case]:
    texts = [
        "a: 1\nb: [1, 2]\n",
        "- x\n- y: 2\n",
        "plain",
        "5",
        "a: {b: true, c: null}",
        "a: 'q'\n",
        "a: |\n  line1\n  line2\n",
        "key: : bad: [",
        "",
    ]
    values = [
        {"a": 1, "b": [1, {"c": "x"}]},
        [1, "two", None, True],
        {"s": "yes", "n": "1", "e": ""},
        5,
        True,
        {"t": "a: b"},
        {},
    ]
    for _ in range(40):
        yield case(
            "", {"type": "yaml", "property": "payload"}, [msg(pick, pick.choice(texts + values)) for _ in range(6)]
        )


def htmls(pick: random.Random) -> Iterator[Case]:
    page = "<html><body><h1 class='a b' id='t'>Title</h1><ul><li>1</li><li><b>2</b></li></ul><p>x &amp; y</p><a href='/u'>l</a></body></html>"
    for _ in range(30):
        node = {"type": "html", "property": "payload", "outproperty": pick.choice(["payload", "out"]), "tag": pick.choice(["li", "h1", "p", "a", "ul > li", ".a", "none"]),
                "ret": pick.choice(["html", "text", "attr"]), "as": pick.choice(["single", "multi"])}  # fmt: skip
        yield case("", node, [msg(pick, page)])
