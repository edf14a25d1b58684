"""Users, for admins; and everybody's own password."""

from __future__ import annotations

from collections.abc import Iterable

from flowengine.access.sides import Side
from flowengine.access.users import User
from flowengine_web import shapes
from flowengine_web.call import Call
from flowengine_web.refusal import Refusal, invalid
from flowengine_web.route import Area

AREA = Area("users", "Who may sign in")


@AREA.get("/api/users", role="admin", answer=shapes.Users)
def list_users(call: Call) -> shapes.Users:
    """List all users."""
    sides = call.site.access.sides.all()
    return shapes.Users(users=[user_shape(user, sides.get(user.name, [])) for user in call.site.access.users.all()])


@AREA.post("/api/users", role="admin", body=shapes.NewUser, answer=shapes.User, refusals=(409,))
def add_user(call: Call, body: shapes.NewUser) -> shapes.User:
    """Add a user."""
    return user_shape(call.site.access.users.add(body.name, body.role, body.password))


@AREA.patch("/api/users/{name}", role="viewer", body=shapes.UserChange, answer=shapes.User, refusals=(409,))
def change_user(call: Call, name: str, body: shapes.UserChange) -> shapes.User:
    """Change role, sides or password of a user: an admin anybody's, everybody his own password.

    The sessions of the user end, but for the one in which he changes his own password.
    """
    access = call.site.access
    assert call.who is not None
    own = name.casefold() == call.user.casefold() and not call.who.by_token
    if call.role != "admin" and (not own or body.role is not None or body.sides is not None):
        raise Refusal(403, "forbidden", "this needs the role admin; your own password is all you may change")
    if own and body.password is not None:
        if not body.current_password:
            raise invalid("your own password is changed with the current one", "$.current_password")
        access.check_own_password(name, body.current_password, call.address)
    if body.sides is not None:
        if call.who.by_token:
            raise Refusal(403, "forbidden", "a program says of nobody for which side he speaks", "sign in as a person")
        access.give_sides(name, body.sides, by=call.user)
    user = access.change(name, body.role, body.password, but=call.who.key if own else "")
    return user_shape(user, access.sides.of(user.name))


@AREA.delete("/api/users/{name}", role="admin", refusals=(409,))
def remove_user(call: Call, name: str) -> shapes.Done:
    """Remove a user; his sessions end."""
    call.site.access.remove(name)
    return shapes.Done()


def user_shape(user: User, sides: Iterable[Side] = ()) -> shapes.User:
    """Return a user as it goes over the API."""
    return shapes.User(name=user.name, role=user.role, sides=list(sides), since=user.since, last_seen=user.seen)
