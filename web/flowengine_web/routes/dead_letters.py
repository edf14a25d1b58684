"""Dead letters: messages that failed and were kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Any

from msgspec import Meta

from flowengine.access.rights import may_by_role
from flowengine.service import Replayed
from flowengine.store.dead_letters import DeadLetter
from flowengine.telemetry.preview import preview
from flowengine_web import shapes
from flowengine_web.call import Call
from flowengine_web.gate import check_flow
from flowengine_web.route import Area
from flowengine_web.routes.flows import DEPLOY

AREA = Area("dead-letters", "Messages that failed and were kept")

SHOWN = 4000
"""Characters of a message that are shown."""


class Which(shapes.Shape):
    """Which letters are asked for."""

    flow: Annotated[str, Meta(max_length=200)] = ""
    node: Annotated[str, Meta(max_length=400)] = ""
    most: Annotated[int, Meta(ge=1, le=1000)] = 100
    before: Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)] = 0
    """Only those with a smaller number; 0: from the newest on."""


@AREA.get("/api/dead-letters", role="viewer", answer=shapes.DeadLetters, query=Which)
def read_dead_letters(call: Call) -> shapes.DeadLetters:
    """Return dead letters, the newest first."""
    store, which = call.site.service.dead_letters, call.query
    found = call.site.service.letters(which.flow, which.node, which.most, which.before)
    return shapes.DeadLetters(letters=[_letter(one) for one in found], kept=len(store), dropped=store.dropped)


def _by_letter(given: Mapping[str, Any]) -> Iterable[str]:
    """Leave the areas to the route: only the store knows of which flow a letter is."""
    return ()


@AREA.post("/api/dead-letters/replay", role="operator", body=shapes.Numbers, answer=shapes.Replayed, flows=_by_letter)
def replay_dead_letters(call: Call, body: shapes.Numbers) -> shapes.Replayed:
    """Give messages back to the nodes where they failed, and forget them."""
    service = call.site.service
    _check_areas(call, body.ids)
    return _outcome(call.site.bridge.run(partial(service.replay, body.ids), wait=DEPLOY, cancel=False))


@AREA.post("/api/dead-letters/delete", role="operator", body=shapes.Numbers, answer=shapes.Replayed, flows=_by_letter)
def delete_dead_letters(call: Call, body: shapes.Numbers) -> shapes.Replayed:
    """Delete dead letters."""
    _check_areas(call, body.ids)
    return _outcome(call.site.service.delete_letters(body.ids))


def _check_areas(call: Call, numbers: Iterable[int]) -> None:
    """Refuse all of it where a letter is of a flow in which who asks is no operator.

    Raises:
        Refusal: 403.
    """
    assert call.who is not None
    rights = call.rights
    if may_by_role(call.role, "operator"):
        return
    for number in dict.fromkeys(numbers):
        letter = call.site.service.dead_letters.get(number)
        if letter is not None:
            check_flow("operator", call.who, rights, letter.flow)


def _outcome(found: Replayed) -> shapes.Replayed:
    failed = {str(number): why for number, why in found.failed.items()}
    return shapes.Replayed(done=list(found.done), failed=failed)


def _letter(letter: DeadLetter) -> shapes.DeadLetter:
    shown = preview(letter.message.as_dict(), SHOWN).value
    return shapes.DeadLetter(
        id=letter.id,
        flow=letter.flow,
        node=letter.node,
        port=letter.port,
        reason=letter.reason[:SHOWN],
        kind=letter.kind,
        time=letter.time,
        message=shown if isinstance(shown, dict) else {},
    )
