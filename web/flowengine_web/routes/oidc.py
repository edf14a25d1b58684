"""Signing in at an OpenID provider, where one is set."""

from __future__ import annotations

from flowengine.access.audit_entry import Result
from flowengine.access.oidc import Oidc
from flowengine.errors import AccessError
from flowengine_web import shapes
from flowengine_web.call import Answer, Call
from flowengine_web.refusal import not_found
from flowengine_web.route import Area
from flowengine_web.routes.session import session_shape

AREA = Area("oidc", "Signing in at an OpenID provider")

PAGE = "/oidc"
"""The page of the canvas that the provider sends the browser back to."""


@AREA.post("/api/oidc/begin", role=None, answer=shapes.OidcBegun, refusals=(404, 502))
def oidc_begin(call: Call) -> shapes.OidcBegun:
    """Begin: the browser goes to `location` and keeps `binding` until it is back."""
    oidc = _oidc(call)
    begun = oidc.begin(oidc.settings.redirect or f"{call.site.address}{PAGE}")
    return shapes.OidcBegun(location=begun.location, binding=begun.binding)


@AREA.post("/api/oidc/finish", role=None, body=shapes.OidcFinish, answer=shapes.Session, refusals=(401, 404, 409, 502))
def oidc_finish(call: Call, body: shapes.OidcFinish) -> Answer:
    """Finish with what the provider gave the browser: begin a session."""
    oidc, access = _oidc(call), call.site.access
    try:
        token, who = access.sign_in_by(oidc.finish(body.state, body.code, body.binding), oidc.settings)
    except AccessError as error:
        _record(call, oidc, "", "refused", str(error))
        raise
    if call.who is not None:
        access.sessions.end(call.who.key)
    _record(call, oidc, who.user, "done")
    return Answer(session_shape(call, who), cookie=token)


def _oidc(call: Call) -> Oidc:
    if call.site.oidc is None:
        raise not_found("no OpenID provider is set here", "sign in with name and password")
    return call.site.oidc


def _record(call: Call, oidc: Oidc, who: str, result: Result, reason: str = "") -> None:
    details: dict[str, object] = {"provider": oidc.settings.issuer, **({"reason": reason[:500]} if reason else {})}
    if result == "done":  # as his groups say; a side that the record does not know does not count
        details["sides"] = list(call.site.access.sides.of(who))
    call.site.service.audit.record("sign-in", who, "", result, call.address, details)
