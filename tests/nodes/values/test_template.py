"""values/template and its mustache."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.clock import VirtualClock
from flowengine.testing import messages_of, outputs_of, running
from flowengine_nodes.values import mustache
from flowengine_nodes.values.template import Template

VIEW = {"name": "M <1>", "list": [1, 2], "people": [{"n": "a"}, {"n": "b"}], "yes": True, "no": False, "zero": 0,
        "deep": {"er": {"x": 5}}, "float": 21.0, "none": None}  # fmt: skip


def filled(template: str, payload: Any = VIEW, **options: Any) -> Any:
    return outputs_of(Template(template=template, **options), Message(payload, topic="a/b", properties={"unit": "°C"}))[
        0
    ]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{{payload.float}} {{unit}}", "21 °C"),
        ("{{payload.name}}", "M &lt;1&gt;"),
        ("{{{payload.name}}} {{& payload.name }}", "M <1> M <1>"),
        ("{{topic}}", "a&#x2F;b"),
        ("{{payload.nothing}}{{nothing.at.all}}{{payload.none}}", ""),
        ("{{payload.list}} {{payload.list.1}} {{payload.yes}}", "[1,2] 2 true"),
        ("{{#payload.list}}<{{.}}>{{/payload.list}}", "<1><2>"),
        ("{{#payload.people}}{{n}}{{unit}} {{/payload.people}}", "a°C b°C "),
        ("{{#payload.yes}}yes{{/payload.yes}}{{#payload.no}}no{{/payload.no}}", "yes"),
        ("{{^payload.no}}not{{/payload.no}}{{^payload.list}}empty{{/payload.list}}", "not"),
        ("{{#payload.zero}}0{{/payload.zero}}{{^nothing}}none{{/nothing}}", "none"),
        ("{{#payload.deep}}{{#er}}{{x}}{{payload.float}}{{/er}}{{/payload.deep}}", "521"),
        ("a{{! a comment }}b", "ab"),
        ("{{=<% %>=}}<% unit %> {{unit}}<%={{ }}=%> {{unit}}", "°C {{unit}} °C"),
        ("a\n  {{#payload.list}}\n- {{.}}\n  {{/payload.list}}\nb", "a\n- 1\n- 2\nb"),
        ("a\r\n{{! alone }}\r\nb", "a\r\nb"),
        ("a {{! not alone }}\nb", "a \nb"),
        ("  {{unit}}\n", "  °C\n"),
    ],
)
def test_mustache_fills_as_its_specification_says(template: str, text: str) -> None:
    assert filled(template) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{payload", "line 1: '{{' is not closed"),
        ("\n{{{payload}}", "line 2: '{{' is not closed by '}}}'"),
        ("x\n{{#a}}", "line 2: section 'a' is not closed"),
        ("{{#a}}{{/b}}", "section 'b' is closed, but 'a' is open"),
        ("{{/b}}", "section 'b' is closed, but none is open"),
        ("{{> part}}", "partials"),
        ("{{a..b}}", "'a..b' is not a name"),
        ("{{=x=}}", "new delimiters"),
        ("{{#a}}" * 101 + "{{/a}}" * 101, "more than 100 deep"),
    ],
)
def test_a_template_that_is_wrong_is_refused_with_its_line(template: str, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Template(template=template)


def test_environment_and_context_can_be_put_in_but_the_message_stands_before_them() -> None:
    node = Template(template="{{env.SITE}} {{flow.a.b}} {{global.list.0}}{{env.NOT_SET}}")
    clock = VirtualClock()

    async def main() -> list[Any]:
        async with running(node, clock) as host:
            host.variables["SITE"] = "north"
            host.context("flow").set("a", {"b": 1})
            host.context("global").set("list", ["g"])
            return [node.process(m).payload for m in (Message(0), Message(0, properties={"flow": {"a": {"b": "own"}}}))]

    assert clock.run(main()) == ["north 1 g", "north own g"]


def test_json_output_is_parsed_and_texts_are_escaped_for_it() -> None:
    json = '{"name": "{{{payload}}}", "n": 1}'
    assert outputs_of(Template(template=json, output="json"), "two\nlines\t\\") == [{"name": "two\nlines\t\\", "n": 1}]
    with pytest.raises(BadData, match="which is not JSON"):
        filled("{", output="json")


def test_plain_text_is_taken_as_it_stands_and_may_go_elsewhere() -> None:
    assert filled("{{payload}}", syntax="plain") == "{{payload}}"
    [routed] = messages_of(Template(template="x", property="note.text"), Message(1, quality="bad"))
    assert (routed.msg.payload, routed.msg.properties, routed.msg.quality) == (1, {"note": {"text": "x"}}, "bad")
    clock = VirtualClock()

    async def main() -> tuple[Any, Any]:
        node = Template(template="x", property="note", property_type="flow")
        async with running(node, clock) as host:
            return node.process(Message(1)).payload, host.context("flow").get("note")

    assert clock.run(main()) == (1, "x")


def test_an_empty_template_takes_the_messages_own() -> None:
    own = Message(5, properties={"template": "<{{payload}}>"})
    assert outputs_of(Template(template=""), own, 6) == ["<5>", ""]
    with pytest.raises(BadData, match="the message's template, line 1"):
        outputs_of(Template(template=""), Message(5, properties={"template": "{{"}))


def test_the_result_is_bounded() -> None:
    many = "{{#payload}}{{#payload}}{{#payload}}{{/payload}}{{/payload}}{{/payload}}"
    with pytest.raises(BadData, match="too long"):
        outputs_of(Template(template=many), list(range(1, 1000)))
    assert filled("x" * 10, most_characters=10) == "x" * 10
    with pytest.raises(BadData, match="too long"):
        filled("{{payload}}", payload="x" * 11, most_characters=10)


@given(
    st.text(alphabet=st.sampled_from("{}#^/!&>=. \nab<%"), max_size=40) | st.text(max_size=20),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from("ab"), x, max_size=2),
    ),
)
@example("{{=a a=}}a b a", 1)
@example("{{{}}}", 1)
@example("{{}}", 1)
@example("{{#a}}{{=<% %>=}}<%/a%>", 1)
def test_any_text_is_refused_or_filled_but_never_crashes(template: str, value: Any) -> None:
    try:
        parts = mustache.parse(template)
    except ValueError:
        return
    renderer = mustache.Renderer(lambda keys: mustache.descend({"a": value, "b": [value]}, keys), str, 10_000)
    with contextlib.suppress(BadData):
        assert isinstance(renderer.render(parts), str)


@given(st.text(alphabet=st.characters(blacklist_characters="{")))
def test_text_without_tags_stays_as_it_is(text: str) -> None:
    assert mustache.Renderer(lambda keys: None, str, 10_000).render(mustache.parse(text)) == text
