"""Whether someone may deploy what he wants to: his role in every flow that changes, and the right to write code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from flowengine.errors import NotAllowed
from flowengine.flow.check import used_subflows
from flowengine.flow.expand import expand
from flowengine.flow.project import CONNECTIONS
from flowengine.service.checking import Checking
from flowengine.service.contents import Contents
from flowengine.service.who import Who

Code = tuple[str, str, str]
"""Type, option and value of an option that holds code."""


def check_permitted(
    who: Who, changed: Iterable[str], touched: Iterable[str], before: Contents, after: Contents, checking: Checking
) -> None:
    """Refuse a deploy that goes beyond what someone may do; a subflow is changed in every flow that uses it.

    Code counts as changed where a flow, its subflows put in place and its variables filled in, has code that it did not
    have before: a variable or a parameter can be code as well.

    Raises:
        NotAllowed: it does; the text says in which flow, and what is missing.
    """
    if who.rights is None:
        return
    for name in [*changed, *touched]:
        if not who.may("editor", "" if name == CONNECTIONS else name):
            what = "what all flows share" if name == CONNECTIONS else f"the flow '{name}'"
            raise NotAllowed(f"this changes {what}: it needs the role editor there; ask an admin")
        if name == CONNECTIONS or who.may("code", name):
            continue
        new = set(_code(name, after, checking))
        if new and (added := new - set(_code(name, before, checking))):
            type, option, _ = sorted(added)[0]
            raise NotAllowed(
                f"this changes code in '{name}' (option {option} of {type}), which does whatever the engine can: "
                "it needs the right to write code there; ask an admin who has it"
            )


def _code(name: str, contents: Contents, checking: Checking) -> Iterator[Code]:
    """Return the code of a flow; whatever is wrong with it, as far as it can be read."""
    around = checking.around(contents.project)
    kinds = {kind for kind, found in around.registry.types.items() if found.cls.runs_code}
    flows = [contents.project.flow(one) for one in (name, *used_subflows(name, contents.project))]
    if contents.project.flows.get(name) is None or not any(
        node.type in kinds for flow in flows if flow is not None for node in flow.nodes.values()
    ):
        return
    expansion = expand(contents.file(name), around)
    for placed in [*expansion.nodes.values(), *expansion.disabled.values()]:
        for option in placed.cls.runs_code if placed.cls is not None else ():
            value: Any = placed.resolved.value.get(option)
            if value not in (None, "", [], {}, False):
                yield placed.spec.type, option, msgspec.json.encode(value).decode()
