"""What tests of several nodes share."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import strategies as st

from flowengine import Inline, Message, Routed, Transform
from flowengine.clock import VirtualClock
from flowengine.testing import running


def _outcome(work: Callable[[], Any], first_port: str) -> str:
    """Return what comes of a message, or the error, as text (so that NaN equals NaN, and 1 is not 1.0 or true)."""
    try:
        result = work()
    except Exception as error:  # noqa: BLE001 - whatever it is, both ways must raise it
        return f"{type(error).__name__}: {error}"
    items = [] if result is None else [result] if isinstance(result, Message | Routed) else list(result)
    return repr([item if isinstance(item, Routed) else Routed(first_port, item) for item in items])


def _evaluate(form: Inline, msg: Message, ports: list[str]) -> list[Routed]:
    """Do what the chain compiler does with a form: keep, the fields, the further properties, route, in this order."""
    names = {"payload": msg.payload, "topic": msg.topic, "time": msg.time, "quality": msg.quality}
    scope: dict[str, Any] = {"__builtins__": {}, **form.names, **names}

    def value(python: str) -> Any:
        try:
            with warnings.catch_warnings(action="ignore"):  # such as for `1 is None`, where a constant was put in
                return eval(python, scope)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is explained
            raise form.explain(error) if form.explain else error from None

    if form.keep is not None and not value(form.keep):
        return []
    if form.payload is not None:
        scope["payload"] = value(form.payload)
    if form.topic is not None:
        scope["topic"] = value(form.topic)
    if form.quality is not None:
        scope["quality"] = value(form.quality)
    added = {name: value(python) for name, python in form.properties.items()}
    msg = msg.replace(
        payload=scope["payload"],
        topic=scope["topic"],
        quality=scope["quality"],
        properties={**msg.properties, **added},
    )
    if not form.route:
        return [Routed(ports[0], msg)]
    chosen: list[Routed] = []
    for port, condition in zip(ports, form.route, strict=True):
        if value(condition):
            chosen.append(Routed(port, msg))
            if form.first:
                break
    return chosen


@pytest.fixture(scope="session")
def inline_is_process() -> Callable[[Transform, Iterable[Message]], None]:
    """Give a function that checks that a node's Inline form does to each message exactly what `process` does."""

    def check(node: Transform, messages: Iterable[Message]) -> None:
        clock = VirtualClock()

        async def main() -> None:
            async with running(node, clock):
                form = node.inline()
                assert form is not None
                options = {field.name: getattr(node, field.name) for field in dataclasses.fields(node)}
                ports = [port.name for port in type(node).output_ports(options)]
                for msg in messages:
                    by_process = _outcome(lambda m=msg: node.process(m), ports[0])  # type: ignore[misc]
                    by_form = _outcome(lambda m=msg: _evaluate(form, m, ports), ports[0])  # type: ignore[misc]
                    assert by_form == by_process, msg

        clock.run(main())

    return check


def _messages() -> st.SearchStrategy[Message]:
    plain = (
        st.none()
        | st.booleans()
        | st.integers(-(10**30), 10**30)
        | st.floats()
        | st.floats(-200, 200)
        | st.integers(-200, 200)
        | st.text(max_size=5)
        | st.sampled_from(["21.5", "1e400", "nan", " 7 ", "1_0", "on", 10**400, -(10**309)])
        | st.binary(max_size=3)
    )
    payloads = plain | st.lists(plain, max_size=3) | st.dictionaries(st.sampled_from("abc"), plain, max_size=3)
    return st.builds(
        Message,
        payload=payloads,
        topic=st.sampled_from(["", "a/b", "plant/oven", "7"]),
        time=st.floats(0, 2e9),
        quality=st.sampled_from(["good", "uncertain", "bad"]),
    )


@pytest.fixture(scope="session")
def messages() -> st.SearchStrategy[Message]:
    """A strategy for messages with every kind of payload."""
    return _messages()
