"""A conversation with a node that holds a model."""

from __future__ import annotations

import asyncio
from typing import Any

from flowengine import BadData, Message, Routed
from flowengine.testing import running
from flowengine_nodes.models.declared import DeclaredModel


def talk(node: DeclaredModel, *inputs: Message | Routed) -> list[Any]:
    """Give messages to a node, those for `truth` routed there; what it raises is an answer, too."""

    async def main() -> list[Any]:
        found: list[Any] = []
        async with running(node):
            for one in inputs:
                try:
                    found.append(node.on_truth(one.msg) if isinstance(one, Routed) else node.process(one))
                except BadData as error:
                    found.append(str(error))
        return found

    return asyncio.run(main())
