"""Permissions in areas of flows, groups, and tokens for programs: for admins."""

from __future__ import annotations

from flowengine.access.api_tokens import LOCAL, TOKEN
from flowengine_web import shapes
from flowengine_web.call import Call
from flowengine_web.refusal import Refusal
from flowengine_web.route import Area

AREA = Area("rights", "Who may do what beyond a role, and programs that may come in")


@AREA.get("/api/rights", role="admin", answer=shapes.Rights)
def list_rights(call: Call) -> shapes.Rights:
    """List all permissions and groups."""
    access = call.site.access
    return shapes.Rights(
        permissions=[
            shapes.Permission(may=one.may, area=one.area, who=one.who, by=one.by, since=one.since)
            for one in access.permissions.all()
        ],
        groups=[shapes.Group(name=name, members=members) for name, members in access.groups.all().items()],
    )


@AREA.post("/api/rights/permit", role="admin", body=shapes.Permission, answer=shapes.Rights, refusals=(404, 409, 422))
def permit(call: Call, body: shapes.Permission) -> shapes.Rights:
    """Let a user, a token or a group do something in an area of flows."""
    call.site.access.permit(body.who, body.may, body.area, call.who)
    return list_rights(call)


@AREA.post("/api/rights/withdraw", role="admin", body=shapes.Permission, answer=shapes.Rights, refusals=(404,))
def withdraw(call: Call, body: shapes.Permission) -> shapes.Rights:
    """Take back a permission."""
    call.site.access.permissions.take(body.who, body.may, body.area)
    return list_rights(call)


@AREA.put("/api/groups/{name}", role="admin", body=shapes.Members, answer=shapes.Rights, refusals=(409,))
def set_group(call: Call, name: str, body: shapes.Members) -> shapes.Rights:
    """Make a group, or say who is in it."""
    call.site.access.group(name, body.members, call.who)
    return list_rights(call)


@AREA.delete("/api/groups/{name}", role="admin", answer=shapes.Rights)
def remove_group(call: Call, name: str) -> shapes.Rights:
    """Remove a group; its members lose what they had by it."""
    call.site.access.groups.remove(name)
    return list_rights(call)


@AREA.get("/api/tokens", role="admin", answer=shapes.Tokens)
def list_tokens(call: Call) -> shapes.Tokens:
    """List the tokens of programs."""
    tokens = [
        shapes.Token(name=one.name, role=one.role, expires=one.expires, since=one.since, last_seen=one.seen, by=one.by)
        for one in call.site.access.tokens.all()
        if one.name != LOCAL
    ]
    return shapes.Tokens(tokens=tokens)


@AREA.post("/api/tokens", role="admin", body=shapes.NewToken, answer=shapes.MadeToken, refusals=(409,))
def make_token(call: Call, body: shapes.NewToken) -> shapes.MadeToken:
    """Make a token for a program; it is shown this once."""
    _check_name(body.name)
    access = call.site.access
    with access.database.transaction():  # a token without what it was to have is not left behind
        token = access.tokens.make(body.name, body.role, body.days, by=call.user)
        for one in body.permissions:
            access.permit(TOKEN + body.name, one.may, one.area, call.who)
    return shapes.MadeToken(token=token)


@AREA.delete("/api/tokens/{name}", role="admin")
def revoke_token(call: Call, name: str) -> shapes.Done:
    """Make a token useless."""
    _check_name(name)
    call.site.access.tokens.revoke(name)
    return shapes.Done()


def _check_name(name: str) -> None:
    if name.casefold() == LOCAL:
        raise Refusal(403, "forbidden", f"'{LOCAL}' is the engine's own token", "choose another name")
