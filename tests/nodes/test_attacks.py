"""Languages that flows are written in lead nowhere: sixty escapes, and what grows too large, too deep or too long.

A canary stands in a file and in a secret; whatever comes out of a node, it is not in it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from flowengine import BadData, Message, NodeError
from flowengine.testing import outputs_of
from flowengine_nodes.nodered import jsonata
from flowengine_nodes.nodered.base import RedError
from flowengine_nodes.nodered.script.engine import Script, ScriptError
from flowengine_nodes.nodered.xml import _Reader
from flowengine_nodes.values.expression import Expression
from flowengine_nodes.values.template import Template

CANARY = "swordfish-canary"


@pytest.fixture(autouse=True)
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLOWENGINE_SECRET_DOOR", CANARY)
    (tmp_path / "canary").write_text(CANARY)
    return tmp_path


def quiet(folder: Path, found: Any) -> None:
    """Make sure that nothing came out and nothing was left behind."""
    assert CANARY not in repr(found)
    assert sorted(os.listdir(folder)) == ["canary"]


EXPRESSIONS = [
    "().__class__",
    "payload.__class__.__mro__",
    "''.__class__.__base__.__subclasses__()",
    "payload['__class__']",
    "msg.__class__",
    "msg['__dict__']",
    "msg.__init__.__globals__",
    "topic.__class__",
    "payload.format.__globals__",
    "__import__('os').system('touch pwned')",
    "open('canary').read()",
    "eval('1')",
    "exec('1')",
    "globals()",
    "getattr(payload, '__cl' + 'ass__')",
    "setattr(msg, 'x', 1)",
    "vars()",
    "dir(payload)",
    "type(payload)",
    "'{0.__class__}'.format(payload)",
    "'%s' % payload.__class__",
    "f'{payload.__class__}'",
    "f'{payload:>{9**9}}'",
    "[x for x in ().__class__.__bases__]",
    "(lambda: open('canary').read())()",
    "(x := 1)",
    "payload if (yield) else 1",
    "(i for i in [1]).gi_frame",
    "print(1)",
    "input()",
    "breakpoint()",
    "exit()",
    "__builtins__",
    "__loader__",
    "pi.__class__",
    "true.__class__",
    "None.__class__",
    "abs.__self__",
    "min.__globals__",
    "len.__call__(payload)",
    "payload.keys.__self__",
    "b''.__class__",
    "...",
    "lambda: 1",
    "await payload",
    "*payload",
    "{**payload}",
    "@payload",
]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression_reaches_nothing_but_the_message(canary: Path, text: str) -> None:
    found: Any = None
    try:
        found = outputs_of(Expression(expression=text), {"a": 1}, "text")
    except (ValueError, NodeError) as error:
        found = str(error)
    quiet(canary, found)
    assert "<class" not in repr(found)
    assert "<built-in" not in repr(found)


GROWS = [
    *("9 ** 9 ** 9", "2 ** 100000000", "1 << 10 ** 9", "'x' * 10 ** 10", "[0] * 10 ** 10", "payload * 10 ** 12"),
    *("'a' * 10000 * 10000 * 10000", "round(10.0 ** 308 * 10, 400)", "(" * 500 + "1" + ")" * 500, "-" * 5000 + "1"),
    *("+".join(["payload"] * 20_000), "[" * 300 + "]" * 300, "int('9' * 100000)", "1e308 * 10"),
]


@pytest.mark.parametrize("text", GROWS, ids=[text[:20] for text in GROWS])
def test_an_expression_takes_no_more_than_its_share(text: str) -> None:
    try:
        (found,) = outputs_of(Expression(expression=text), "text") or [None]
        assert len(repr(found)) < 2_000_000
    except (ValueError, NodeError):
        pass


TEMPLATES = [
    "{{payload.__class__}}",
    "{{payload.__class__.__init__.__globals__}}",
    "{{__class__}}",
    "{{msg.__dict__}}",
    "{{{payload.a.__class__}}}",
    "{{env.FLOWENGINE_SECRET_DOOR}}",
    "{{&env.FLOWENGINE_SECRET_DOOR}}",
    "{{>canary}}",
    "{{#payload.__class__}}x{{/payload.__class__}}",
    "{{payload.format}}",
    "{{payload.a.real}}",
    "{{flow.__class__}}",
    "{0.__class__}",
    "{% import os %}",
    "${payload.__class__}",
    "{{=<% %>=}}<% payload.__class__ %>",
    "{{self}}",
]


@pytest.mark.parametrize("text", TEMPLATES)
def test_a_template_reads_properties_and_nothing_else(canary: Path, text: str) -> None:
    found: Any = None
    try:
        found = outputs_of(Template(template=text), {"a": 1})
    except (ValueError, NodeError) as error:
        found = str(error)
    quiet(canary, found)
    assert "class '" not in repr(found)


def test_a_template_that_repeats_itself_without_end_is_refused() -> None:
    text = "{{#payload}}" * 6 + "x" * 100 + "{{/payload}}" * 6
    with pytest.raises(BadData):
        outputs_of(Template(template=text), list(range(100)))


SCRIPTS = [
    "process.exit()",
    "require('fs')",
    "process.getBuiltinModule('fs')",
    "globalThis.process",
    "import('fs')",
    "std.loadFile('canary')",
    "os.exec(['touch', 'pwned'])",
    "this.constructor.constructor('return process')()",
    "[].constructor.constructor('return this')().std",
    "Function('return process')()",
    "eval('process')",
    "new (class extends Function {})('return os')()",
    "loadFile('canary')",
    "msg.constructor.constructor('return this')().process",
    "node.constructor.constructor('return os')()",
    "Error.prepareStackTrace",
    "RED.util.constructor.constructor('return this')().std",
    "(async () => {}).constructor('return os')()",
    "Buffer.constructor('return std')()",
    "new Proxy({}, {get: () => process}).x",
    "Object.getPrototypeOf(function*(){}).constructor('yield os')().next()",
    "context.constructor('return std')()",
    "Object.getOwnPropertyNames(globalThis).includes('std')",
    "env.get('FLOWENGINE_SECRET_DOOR')",
    "new Worker('canary')",
    "fetch('http://127.0.0.1')",
    "XMLHttpRequest",
    "Deno.readTextFileSync('canary')",
    "scriptArgs",
    "bjson.read()",
    "WebAssembly",
    "Atomics.wait(new Int32Array(1), 0, 0, 1e9)",
]


@pytest.mark.parametrize("text", SCRIPTS)
def test_a_function_in_javascript_sees_neither_files_nor_processes_nor_secrets(canary: Path, text: str) -> None:
    found: Any = None
    try:
        found = Script(f"msg.payload = String({text}); return msg", "", "", 0.2).run({"payload": 1})
    except ScriptError as error:
        found = str(error)
    quiet(canary, found)
    assert "[object process]" not in repr(found)


def test_a_function_cannot_change_what_others_get_by_prototypes() -> None:
    evil = json.loads('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}')
    script = Script("Object.prototype.polluted = 1; Array.prototype.map = null; return msg", "", "", 0.5)
    script.run(evil)
    other = Script("return {payload: [({}).polluted === undefined, typeof [].map]}", "", "", 0.5)
    ((_, _, found), _) = other.run({})
    assert found["payload"] == [True, "function"]


def test_a_query_pads_as_far_as_a_million_characters() -> None:
    assert jsonata.evaluate(_Node(), "$pad('x', -5, '#')", {}) == "####x"
    assert jsonata.evaluate(_Node(), "payload.$pad(5)", {"payload": "x"}) == "x    "
    with pytest.raises(RedError, match="1000000 characters at most"):
        jsonata.evaluate(_Node(), "$pad('x', 1000001)", {})


QUERIES = [
    "payload.__class__",
    "$eval('$eval')",
    "$eval('$env(\"FLOWENGINE_SECRET_DOOR\")')",
    "__globals__",
    "$lookup($, '__class__')",
    "$match('x', /(a+)+$/)",
    "constructor.constructor",
    "$lookup(payload, '__init__')",
    "$spread($)",
    "$each($, function($v, $k) {$k})",
    "$sift($, function($v, $k) {$k = '__dict__'})",
    "$.`__class__`",
    "$keys(__class__)",
    "($f := function($x) {$f($x)}; $f(1))",
    "$reduce([1..10000000], function($a, $b) {$a + $b})",
    "[1..10000001]",
    "$pad('x', 1000000000)",
    "$string($power(10, 400))",
]


class _Node:
    """What a query sees of its node: variables, and no contexts."""

    def variable(self, name: str) -> Any:
        return None


@pytest.mark.parametrize("text", QUERIES)
def test_a_query_in_jsonata_reaches_nothing_and_ends(canary: Path, text: str) -> None:
    found: Any = None
    try:
        found = jsonata.evaluate(_Node(), text, {"payload": {"a": 1}})
    except RedError as error:
        found = str(error)
    quiet(canary, found)
    assert "<class" not in repr(found)


BILLION = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)
) + "]><x>&j;</x>"  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        BILLION,
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:canary">]><x>&e;</x>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1/">%p;]><x/>',
        "<a>" * 100_000,
        "<x>&lol;</x>",
    ],
    ids=["a billion laughs", "a file", "another document", "deep", "an unknown entity"],
)
def test_xml_declares_nothing_and_is_not_too_deep(canary: Path, text: str) -> None:
    with pytest.raises(RedError) as caught:
        _Reader("$", "_", {}).read(text)
    quiet(canary, str(caught.value))


@pytest.mark.parametrize(
    "path", ["__class__", "payload.__class__", "__init__.__globals__", "payload.__dict__.x", "__proto__.x"]
)
def test_a_property_path_finds_keys_and_no_attributes(path: str) -> None:
    from flowengine.path import get, parse

    assert get(Message({"a": 1}).as_dict(), parse(path), None) is None
