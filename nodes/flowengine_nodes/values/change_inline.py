"""Rules of `values/change` folded into one expression for each property that they set."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flowengine import BadData, Inline, Message, path
from flowengine_nodes.values.properties import MISSING, topic_text, writer
from flowengine_nodes.values.substitution import Substitution
from flowengine_nodes.values.typed import Typed

QUALITIES = ("good", "uncertain", "bad")

_NO_MESSAGE = Message()


def fold(actions: Iterable[tuple[str, Typed | Substitution]] | None) -> Inline | None:
    """Return rules (property, new value or change) as one form, or None if they have none.

    The form computes the payload first, and the topic sees the new one; whatever may fail must be computed once, in
    the order of the rules. So rules fit as long as none sets the payload after the topic has been made from it, and
    none throws away or uses in part only what one before it has computed. Quality and further properties are set to
    constants only, which cannot fail and so may come last.
    """
    if actions is None:
        return None
    now = {"payload": "payload", "topic": "topic"}
    others: dict[str, str] = {}
    names: dict[str, Any] = {}
    topic_from_payload = False
    for number, (target, what) in enumerate(actions):
        if target not in now:
            if isinstance(what, Substitution) or what.constant is MISSING:
                return None
            others[target] = f"constant_{number}"
            names[others[target]] = what.constant
            continue
        part = _part(target, what)
        if part is None or part.python is None or not _follows(part, target, now):
            return None
        if target == "payload" and topic_from_payload:
            return None
        own = {name: f"{name}_{number}" for name in part.names}
        names.update((own[name], value) for name, value in part.names.items())
        if target == "payload":
            now["payload"] = _renamed(part.python, {**own, **now})
        else:
            topic_from_payload = "payload" in part.uses or (topic_from_payload and "topic" in part.uses)
            now["topic"] = _renamed(part.python, {**own, "topic": now["topic"]})
    changed = {name: python if python != name else None for name, python in now.items()}
    quality = others.pop("quality", None)
    return Inline(payload=changed["payload"], topic=changed["topic"], quality=quality, properties=others, names=names)


def put(where: str, value: Any) -> Typed:
    """Return the payload with a constant at a path below it; the usual case, a key of an object, needs no call."""
    write = writer(where)
    names: dict[str, Any] = {"changed": lambda payload: write(Message(payload), value).payload}
    python = "changed(payload)"
    keys = path.parse(where)
    if len(keys) == 2 and isinstance(keys[1], str):
        python = f"{{**payload, {keys[1]!r}: added}} if payload.__class__ is dict else changed(payload)"
        names |= {"added": value, "dict": dict}
    return Typed(lambda msg: write(msg, value).payload, python=python, names=names, uses=frozenset({"payload"}))


def _follows(part: Typed, target: str, now: Mapping[str, str]) -> bool:
    """Say whether a value can be computed after the ones that payload and topic have now."""
    if target == "payload" and not _is_plain(now["topic"]) and not _is_plain(part.python):
        return False  # it would be computed before the topic
    if part.python == f"change({target})":
        return True
    needed = {target, *part.uses} if target == "payload" else {"topic"}
    return all(_is_plain(now[name]) for name in needed)


def _is_plain(python: str | None) -> bool:
    """Say whether an expression is a name, which cannot fail."""
    return (python or "").isidentifier()


def _part(target: str, what: Typed | Substitution) -> Typed | None:
    """Return a rule's new value as an expression, checked as the property demands."""
    if isinstance(what, Substitution):
        if not what.constant:
            return None
        function = _applied(what.apply)
        if target == "topic":
            function = _as_topic(function)
        return Typed(lambda msg: None, python=f"change({target})", names={"change": function}, uses=frozenset({target}))
    if what.python is None:
        return None
    if target == "payload":
        if not what.may_miss:
            return what
        names = {**what.names, "present": _present}
        return Typed(what.read, python=f"present({what.python})", names=names, uses=what.uses)
    if what.python == "topic":
        return what
    if what.constant is not MISSING:
        return _constant_topic(what.constant)
    return Typed(
        what.read, python=f"as_topic({what.python})", names={**what.names, "as_topic": topic_text}, uses=what.uses
    )


def _constant_topic(value: Any) -> Typed | None:
    try:
        return Typed(lambda msg: None, python="constant", names={"constant": topic_text(value)})
    except BadData:
        return None


def _applied(apply: Callable[[Message, Any], Any]) -> Callable[[Any], Any]:
    return lambda value: _present(apply(_NO_MESSAGE, value))


def _as_topic(function: Callable[[Any], Any]) -> Callable[[Any], str]:
    return lambda value: topic_text(function(value))


def _present(value: Any) -> Any:
    return None if value is MISSING else value


def _renamed(python: str, names: Mapping[str, str]) -> str:
    """Return an expression with its names replaced."""
    if python.isidentifier():
        return names.get(python, python)
    tree = ast.parse(python, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
    return ast.unparse(tree)
