"""Who may come in: signing in, the first user, new passwords."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from flowengine import settings
from flowengine.access.api_tokens import TOKEN, ApiTokens
from flowengine.access.backoff import Backoff
from flowengine.access.database import Database
from flowengine.access.federated import Identities, name_of, role_of
from flowengine.access.groups import GROUP, Groups
from flowengine.access.links import FIRST, Links
from flowengine.access.logons import Logons
from flowengine.access.oidc_settings import OidcSettings
from flowengine.access.passwords import Passwords
from flowengine.access.rights import EVERYWHERE, May, Permissions, Rights, checked_area
from flowengine.access.roles import Role
from flowengine.access.sessions import SessionLimits, Sessions, SignedIn
from flowengine.access.sides import Grant, Side, Sides
from flowengine.access.users import User, Users
from flowengine.clock import Clock
from flowengine.errors import AccessError, NotFound, TooManyAttempts

ADDRESS = "address"
"""The fact that says where the canvas was served last."""


def access_file(path: Path, state: Path | None = None) -> Path:
    """Return where users and sessions of a folder of flows (or of a file's folder) are kept."""
    folder = path if path.is_dir() else path.parent
    return (state or folder / settings.STATE_FOLDER) / "web.sqlite"


class Access:
    """Users, sessions, one-time links and API tokens in one file.

    Safe to use from any thread; each call may wait for the disk.
    """

    def __init__(
        self,
        file: Path | None = None,
        clock: Clock | None = None,
        passwords: Passwords | None = None,
        sessions: SessionLimits | None = None,
    ) -> None:
        """Open the file, or keep all in memory; `sessions` says how long they last, None: as usual."""
        clock = clock or Clock()
        self.database = Database(file)
        self.users = Users(self.database, passwords or Passwords(), clock)
        self.logons = Logons(self.database, clock)
        self.sessions = Sessions(self.database, clock, self.logons, sessions)
        self.links = Links(self.database, clock)
        self.tokens = ApiTokens(self.database, clock)
        self.sides = Sides(self.database, clock)
        self.groups = Groups(self.database)
        self.identities = Identities(self.database)
        self.permissions = Permissions(self.database, clock)
        self._backoff = Backoff(clock)

    def with_key(self, key: str) -> SignedIn | None:
        """Return the session, or the API token, with this key, if it is still good."""
        return self.sessions.with_key(key) or self.tokens.with_key(key)

    def sign_in(self, name: str, password: str, address: str) -> tuple[str, SignedIn]:
        """Begin a session; returns its token and the session.

        Raises:
            TooManyAttempts: too many wrong passwords from there or for that name.
            AccessError: name or password are wrong; which of them is not said.
        """
        self._begin_attempt(name, address)
        user = self.users.with_password(name, password)
        if user is None:
            self.logons.failed(name)
            raise AccessError("wrong-password", "name or password are wrong", "try again, or ask an admin for a link")
        self._backoff.succeeded(name, address)
        return self.sessions.begin(user.name)

    def sign_in_by(self, claims: dict[str, Any], settings: OidcSettings) -> tuple[str, SignedIn]:
        """Begin a session for someone whom a provider vouches for; a change of his role ends his others.

        Raises:
            AccessError: none of his groups may sign in; his name is a local user's; nobody would be admin any more.
        """
        role, subject = role_of(claims, settings), str(claims["sub"])
        with self.database.transaction():
            name = self.identities.user_of(settings.issuer, subject)
            if name is None:
                name = self.users.add(name_of(claims, settings), role, None).name
                self.identities.note(settings.issuer, subject, name)
            elif self.users.find(name).role != role:
                self.change(name, role, None)
            self.sides.give(name, settings.sides_of(claims), by=f"the provider {settings.issuer}"[:200])
            return self.sessions.begin(name)

    def use_link(self, token: str, name: str, password: str, address: str) -> tuple[str, SignedIn]:
        """Set the password that a link is for, and sign in: the first user becomes admin.

        Raises:
            TooManyAttempts: too many wrong links from there.
            AccessError: the link is not valid, or name or password will not do.
        """
        self._begin_attempt("", address)
        with self.database.transaction():  # so that a link opens once only, and not at all if the password will not do
            user = self._follow(token, name, password)
            self.links.used(token)
            self.sessions.end_all(user.name)
            self._backoff.succeeded("", address)
            return self.sessions.begin(user.name)

    def _follow(self, token: str, name: str, password: str) -> User:
        whom = self.links.user_of(token)
        if whom != FIRST:
            if name.casefold() != whom.casefold():
                raise AccessError("bad-link", "this link is for another user", f"sign in as '{whom}'")
            return self.users.set_password(whom, password)
        if len(self.users) > 0:
            raise AccessError("bad-link", "the first user exists already", "sign in, or ask an admin")
        user = self.users.add(name, "admin", password)
        self.permissions.give(user.name, "code", EVERYWHERE)  # the link was read at the computer itself
        return user

    def change(self, name: str, role: Role | None, password: str | None, but: str = "") -> User:
        """Change role or password of a user; his sessions end, but for the one with the key `but`.

        Raises:
            NotFound: there is no such user.
            AccessError: it is the last admin, or the password will not do.
        """
        user = self.users.find(name)
        if password is not None:
            user = self.users.set_password(name, password)
        if role is not None and role != user.role:
            user, but = self.users.set_role(name, role), ""
        elif password is None:
            return user
        self.sessions.end_all(user.name, but)
        return user

    def give_sides(self, name: str, sides: Collection[Side], by: str = "") -> dict[Side, Grant]:
        """Let a user speak for these sides and no others; returns them.

        Raises:
            NotFound: there is no such user.
            AccessError: it is the admin himself: another must give it to him, or the owner of the computer.
        """
        user = self.users.find(name)
        if by and by.casefold() == user.name.casefold():
            hint = "ask another admin, or at the computer: flowengine users DIR side NAME it|ot|both|none"
            raise AccessError("own-side", "nobody gives himself a side", hint)
        return self.sides.give(user.name, sides, by)

    def rights_of(self, who: SignedIn) -> Rights:
        """Return all that someone may do, by himself and by his groups."""
        groups = () if who.by_token else (GROUP + name for name in self.groups.of(who.user))
        return Rights(who.role, self.permissions.of(who.user, *groups))

    def permit(self, who: str, may: May, area: str, giver: SignedIn | None = None) -> None:
        """Let a user, `token/NAME` or `group/NAME` do something in an area; without a giver it is the computer's owner.

        Raises:
            NotFound: there is no such user, token or group.
            AccessError: it is no area, or the giver may not give it.
        """
        if giver is not None and may == "code" and not self.rights_of(giver).may("code", checked_area(area)):
            raise AccessError(
                "no-code",
                "the right to write code is given by someone who has it",
                "ask another admin, or at the computer: flowengine rights DIR permit NAME --may code",
            )
        self.permissions.give(self._known(who), may, area, giver.user if giver is not None else "")

    def _known(self, who: str) -> str:
        if who.startswith(GROUP):
            if not self.groups.exists(who.removeprefix(GROUP)):
                raise NotFound(f"there is no group '{who.removeprefix(GROUP)[:100]}'")
            return who
        if who.startswith(TOKEN):
            if who.removeprefix(TOKEN).casefold() not in {token.name.casefold() for token in self.tokens.all()}:
                raise NotFound(f"there is no token '{who.removeprefix(TOKEN)[:100]}'")
            return who
        return self.users.find(who).name

    def group(self, name: str, members: Collection[str], giver: SignedIn | None = None) -> None:
        """Make a group of these users, or make these the members of one.

        Raises:
            NotFound: one of them is no user.
            AccessError: it is no name; or the group may write code, someone joins it, and who asks may not.
        """
        users = [self.users.find(one).name for one in members]
        new = set(users) - set(self.groups.all().get(name, ()))
        for one in self.permissions.of(GROUP + name) if new and giver is not None else ():
            if one.may == "code" and giver is not None and not self.rights_of(giver).may("code", one.area):
                raise AccessError("no-code", f"'{name}' may write code: who adds members must have that right himself")
        self.groups.set(name, users)

    def check_own_password(self, name: str, password: str, address: str) -> None:
        """Make sure that someone who is signed in knows his password.

        Raises:
            TooManyAttempts, AccessError: see `sign_in`.
        """
        self._begin_attempt(name, address)
        if self.users.with_password(name, password) is None:
            self.logons.failed(name)
            raise AccessError("wrong-password", "the current password is wrong", "try again, or ask an admin")
        self._backoff.succeeded(name, address)

    def remove(self, name: str) -> None:
        """Remove a user and end his sessions.

        Raises:
            NotFound: there is no such user.
            AccessError: it is the last admin.
        """
        user = self.users.find(name)
        with self.database.transaction():
            self.users.remove(name)
            self.sides.give(user.name, ())
            self.groups.forget(user.name)
            self.identities.forget(user.name)
            self.logons.forget(user.name)
            self.permissions.forget([user.name])
        self.sessions.end_all(user.name)
        self.database.change("DELETE FROM links WHERE user = ?", user.name)

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def _begin_attempt(self, name: str, address: str) -> None:
        wait = self._backoff.begin(name, address)
        if wait > 0:
            self.logons.failed(name)
            raise TooManyAttempts(wait)
