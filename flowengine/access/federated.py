"""People whom an OpenID provider vouches for: users like others, but without a password here.

Who someone is, is said by issuer and subject (OpenID Connect Core 1.0, 5.7), never by a name that he may have chosen: a
name that a user has already who did not come from there is not his. Role and sides follow his groups at each sign-in.
"""

from __future__ import annotations

from typing import Any

from flowengine.access.database import Database
from flowengine.access.oidc_settings import OidcSettings
from flowengine.access.roles import Role
from flowengine.access.users import checked_name
from flowengine.errors import AccessError


class Identities:
    """Which user somebody is whom a provider vouches for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def user_of(self, issuer: str, sub: str) -> str | None:
        """Return the user's name; None: he has not been here."""
        found = self._database.rows("SELECT user FROM identities WHERE issuer = ? AND sub = ?", issuer, sub)
        return str(found[0][0]) if found else None

    def note(self, issuer: str, sub: str, user: str) -> None:
        """Remember who he is."""
        self._database.change(
            "INSERT OR REPLACE INTO identities (issuer, sub, user) VALUES (?, ?, ?)", issuer, sub, user
        )

    def forget(self, user: str) -> None:
        """Forget who a user was who is no more."""
        self._database.change("DELETE FROM identities WHERE user = ?", user)


def name_of(claims: dict[str, Any], settings: OidcSettings) -> str:
    """Return the name that someone is to have here.

    Raises:
        AccessError: his token holds none that can be shown, typed and put into an address.
    """
    name = claims.get(settings.name_claim) or claims.get("email") or claims["sub"]
    return checked_name(str(name)[:200])


def role_of(claims: dict[str, Any], settings: OidcSettings) -> Role:
    """Return the role of someone by his groups.

    Raises:
        AccessError: none of his groups may sign in here.
    """
    role = settings.role_of(claims)
    if role is None:
        hint = "ask whoever looks after the groups at the provider, or the roles here"
        raise AccessError("oidc-no-role", "none of your groups may sign in here", hint)
    return role
