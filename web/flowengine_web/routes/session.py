"""Signing in and out."""

from __future__ import annotations

from flowengine.access.sessions import SignedIn
from flowengine_web import shapes
from flowengine_web.call import Answer, Call
from flowengine_web.route import Area

AREA = Area("session", "Signing in and out")


@AREA.get("/api/session", role=None, answer=shapes.Session)
def read_session(call: Call) -> shapes.Session:
    """Say who is signed in."""
    return session_shape(call, call.who)


@AREA.post("/api/session", role=None, body=shapes.SignIn, answer=shapes.Session, refusals=(401,))
def sign_in(call: Call, body: shapes.SignIn) -> Answer:
    """Sign in with name and password."""
    token, who = call.site.access.sign_in(body.name, body.password, call.address)
    if call.who is not None:
        call.site.access.sessions.end(call.who.key)
    return Answer(session_shape(call, who), cookie=token)


@AREA.delete("/api/session", role="viewer")
def sign_out(call: Call) -> Answer:
    """Sign out."""
    assert call.who is not None
    call.site.access.sessions.end(call.who.key)
    return Answer(shapes.Done(), cookie="")


@AREA.delete("/api/sessions", role="viewer")
def sign_out_everywhere(call: Call) -> Answer:
    """End all sessions of one's own, in whatever browser."""
    assert call.who is not None
    call.site.access.sessions.end_all(call.user)
    return Answer(shapes.Done(), cookie="")


@AREA.post("/api/setup", role=None, body=shapes.Setup, answer=shapes.Session)
def set_up(call: Call, body: shapes.Setup) -> Answer:
    """Set a password with a one-time link: the first user becomes admin."""
    token, who = call.site.access.use_link(body.token, body.name, body.password, call.address)
    return Answer(session_shape(call, who), cookie=token)


def session_shape(call: Call, who: SignedIn | None) -> shapes.Session:
    """Return what the page needs to begin with; of an installation a stranger learns its version only."""
    site = call.site
    answer = shapes.Session(setup=len(site.access.users) == 0, version=site.version, demo=site.demo)
    answer.oidc = site.oidc.settings.label if site.oidc is not None else ""
    answer.notice = site.notice
    if who is not None:
        answer.user, answer.csrf = who.user, who.csrf
        if not who.by_token:
            before = site.access.logons.before(who.key)
            answer.previous = shapes.PreviousSignIn(at=before.at, failed=before.failed, failed_at=before.failed_at)
        if who.role != "metrics":
            answer.role, answer.folder = who.role, str(site.service.path)
            answer.sides = list(site.access.sides.of(who.user))
            permissions = site.access.rights_of(who).permissions
            answer.areas = [shapes.Permitted(may=one.may, area=one.area) for one in permissions]
    return answer
