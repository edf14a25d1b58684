"""The use cases."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from flowengine import Message
from flowengine.registry import Registry
from flowengine.service import Service
from flowengine.store.dead_letters import DeadLetter


def test_a_letter_whose_flow_is_gone_is_not_replayed_and_stops_nothing(tmp_path: Path) -> None:
    nodes = {"once": {"type": "timing/inject"}, "show": {"type": "debug/log"}}
    flow = {"flowengine": 1, "name": "here", "nodes": nodes, "wires": [{"from": "once", "to": "show"}]}
    (tmp_path / "here.json").write_text(json.dumps(flow))

    async def main() -> None:
        service = Service(tmp_path, Registry.discover())
        await service.start()
        store = service.dead_letters
        store.add(
            DeadLetter(flow=name, node="show", port="", reason="r", kind="BadData", time=1.0, message=Message(name))
            for name in ("gone", "here")
        )
        store.request([letter.id for letter in store.find()])
        assert await service.replay_requested() == 1
        assert [letter.flow for letter in store.find()] == ["gone"]
        await service.stop()

    asyncio.run(main())
