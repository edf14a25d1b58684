"""What has to be said of an OpenID provider, in a JSON file, and who its people are here.

::

    {
      "issuer": "https://login.plant.example/realms/works",
      "client_id": "flowengine",
      "client_secret": "oidc",
      "label": "Plant login",
      "roles": {"flow-editors": "editor", "everyone": "viewer"},
      "sides": {"maintenance": ["ot"]}
    }

`client_secret` is the name of a secret (`flowengine secrets set oidc`), not the secret itself; empty: a public client.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from flowengine import settings
from flowengine.access.roles import ROLES, Role
from flowengine.access.sides import SIDES, Side
from flowengine.errors import AccessError

Text = Annotated[str, Meta(min_length=1, max_length=500)]


class OidcSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider."""

    issuer: Text
    client_id: Text
    client_secret_name: str = msgspec.field(name="client_secret", default="")
    label: Annotated[str, Meta(max_length=60)] = "single sign-on"
    """What the button says."""
    scope: str = "openid profile email"
    name_claim: Text = "preferred_username"
    groups_claim: Text = "groups"
    roles: dict[str, Role] = {}
    """Group -> role; of several the highest counts. Who is in none of them may not sign in."""
    sides: dict[str, list[Side]] = {}
    """Group -> for whom its members approve changes that reach a machine."""
    redirect: str = ""
    """The address of this canvas as the provider knows it, with /oidc at its end; empty: as it was asked for."""
    ca_file: str = ""
    """PEM file with the certificates to trust; empty: those of the system."""

    def client_secret(self) -> str:
        """Return the secret.

        Raises:
            AccessError: there is none of that name.
        """
        if not self.client_secret_name:
            return ""
        found = settings.secret(self.client_secret_name)
        if not found:
            hint = f"flowengine secrets set {self.client_secret_name}"
            raise AccessError("oidc-secret", f"the secret '{self.client_secret_name}' is not set", hint)
        return found

    def role_of(self, claims: dict[str, Any]) -> Role | None:
        """Return the role of someone by his groups; None: he has none."""
        found = [role for group in self._groups(claims) if (role := self.roles.get(group)) is not None]
        return max(found, key=ROLES.index) if found else None

    def sides_of(self, claims: dict[str, Any]) -> list[Side]:
        """Return for whom he speaks."""
        found = {side for group in self._groups(claims) for side in self.sides.get(group, ())}
        return [side for side in SIDES if side in found]

    def _groups(self, claims: dict[str, Any]) -> list[str]:
        """Return the groups of a claim, which may lie deeper: `realm_access.roles`."""
        value: Any = claims
        for part in [self.groups_claim] if self.groups_claim in claims else self.groups_claim.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        value = [value] if isinstance(value, str) else value
        return [group for group in value if isinstance(group, str)] if isinstance(value, list) else []


def read_oidc(file: Path) -> OidcSettings:
    """Read what a file says of a provider.

    Raises:
        AccessError: it cannot be read, or says something else.
    """
    import importlib.util

    if importlib.util.find_spec("joserfc") is None:
        hint = "pip install flowengine-ot[oidc]"
        raise AccessError("oidc-extra", f"signing in by OpenID Connect needs the extra `oidc`: {hint}", hint)
    try:
        return msgspec.json.decode(file.read_bytes(), type=OidcSettings)
    except (OSError, ValueError) as error:
        raise AccessError("oidc-settings", f"{file} says nothing sound of an OpenID provider: {error}") from None
