"""A stream as Flask sends it: a thread that takes what comes and writes it, and notices by the ping who is gone.

It also looks at whose stream it is: a session that has ended ends it, and one that may do more or less than before is
told so, whoever changed that, be it at the computer itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import flask

from flowengine_web import shapes
from flowengine_web.call import Call
from flowengine_web.live.event import PING, RETRY, event
from flowengine_web.live.reader import Reader
from flowengine_web.refusal import Refusal
from flowengine_web.route import EVENTS
from flowengine_web.site import Site

PING_EVERY: Final = 10.0
"""Seconds without news after which a comment is written: only by writing does a server notice who is gone."""
LOOK_EVERY: Final = 2.0
"""Seconds between two looks at whose stream it is."""
RETRY_AFTER: Final = 5
"""Seconds after which one who found all streams taken should ask again."""


def open_stream(call: Call) -> flask.Response:
    """Open a stream for the session that asks."""
    site, who = call.site, call.who
    assert who is not None
    reader = call.ask(lambda: site.hub.open(who.key, who.user))
    if reader is None:
        raise Refusal(
            503,
            "too-many-streams",
            "all live streams are taken",
            "ask for /api/metrics and /api/flows/{flow}/live every other second, and try again later",
            headers={"Retry-After": str(RETRY_AFTER)},
        )
    response = flask.Response(_events(site, reader), content_type=f"{EVENTS}; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # a proxy in front must not gather
    response.call_on_close(lambda: _closed(site, reader))
    return response


def _closed(site: Site, reader: Reader) -> None:
    reader.close()
    site.bridge.tell(lambda: site.hub.close(reader))


def _events(site: Site, reader: Reader) -> Iterator[bytes]:
    hello = shapes.Hello(stream=reader.id, at=site.clock.now(), version=site.version)
    looked, standing = site.clock.monotonic(), _standing(site, reader.session)  # before it is heard of
    yield RETRY + event("hello", hello)
    while (taken := reader.take(PING_EVERY)) is not None:
        events, lost = taken
        if lost:
            events = event("lost", shapes.Lost(turns=lost)) + events
        now = site.clock.monotonic()
        if now - looked >= LOOK_EVERY:
            looked, before, standing = now, standing, _standing(site, reader.session)
            if standing is None:
                yield event("bye", {})
                return
            if standing != before:
                events += event("session", {})
        yield events or PING


def _standing(site: Site, session: str) -> tuple[Any, ...] | None:
    """Return all that the session may do, to be compared; None: it has ended."""
    access = site.access
    who = access.with_key(session)
    return None if who is None else (access.rights_of(who), access.sides.of(who.user))
