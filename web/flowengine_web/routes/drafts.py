"""Drafts: what the caller is editing. They never run, and nobody else sees them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from flowengine.errors import OutOfDate
from flowengine.store.drafts import Draft
from flowengine_web import shapes
from flowengine_web.call import Answer, Call, changed_meanwhile
from flowengine_web.refusal import not_found
from flowengine_web.route import Area

AREA = Area("drafts", "What the caller is editing")


@AREA.get("/api/drafts", role="editor", answer=shapes.Drafts, flows=lambda given: ())
def list_drafts(call: Call) -> shapes.Drafts:
    """List one's own drafts."""
    found = call.site.service.drafts.all(call.user)
    return shapes.Drafts(
        drafts=[
            shapes.DraftSummary(name=one.name, base=one.base, revision=one.revision, saved=one.saved) for one in found
        ]
    )


@AREA.get("/api/drafts/{flow}", role="editor", answer=shapes.Draft, tagged=True)
def read_draft(call: Call, flow: str) -> Answer:
    """Return one's own draft of a flow."""
    found = call.site.service.drafts.get(call.user, flow)
    if found is None:
        raise not_found(f"'{call.user}' has no draft of '{flow[:100]}'")
    return _answer(found)


@AREA.put("/api/drafts/{flow}", role="editor", body=shapes.Draft, answer=shapes.Draft, tagged=True, conditional=True)
def write_draft(call: Call, flow: str, body: shapes.Draft) -> Answer:
    """Keep a draft, unless another tab was faster."""
    drafts = call.site.service.drafts
    with _condition():
        found = drafts.put(call.user, flow, body.flow, body.base, call.conditions.expected)
    _tell(call, flow, found.revision)
    return _answer(found)


@AREA.delete("/api/drafts/{flow}", role="editor", conditional=True)
def delete_draft(call: Call, flow: str) -> shapes.Done:
    """Forget a draft, unless another tab was faster."""
    with _condition():
        call.site.service.drafts.delete(call.user, flow, call.conditions.expected)
    _tell(call, flow, "")
    return shapes.Done()


@contextlib.contextmanager
def _condition() -> Iterator[None]:
    """What the caller says in If-Match no longer holds: 412, as HTTP wants it."""
    try:
        yield
    except OutOfDate as error:
        raise changed_meanwhile() from error


def _answer(draft: Draft) -> Answer:
    body = shapes.Draft(
        flow=None if draft.flow is None else dict(draft.flow),
        base=draft.base,
        revision=draft.revision,
        saved=draft.saved,
    )
    return Answer(body, etag=draft.revision)


def _tell(call: Call, flow: str, revision: str) -> None:
    """Let the user's other tabs know."""
    site, user = call.site, call.user
    site.bridge.tell(lambda: site.hub.tell(user, "draft", {"flow": flow, "revision": revision}))
