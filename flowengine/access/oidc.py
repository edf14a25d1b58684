"""Signing in at an OpenID provider: authorization code with PKCE (OpenID Connect Core 1.0, 3.1; RFC 7636).

`begin` gives the address at the provider, `finish` trades the code that comes back for what the provider says of the
person, after its signature, issuer, audience, times and nonce have been checked. What is under way is kept in memory,
1000 at most, for 10 minutes each; who finishes must hold the `binding` that was given to who began, so that nobody can
be signed in by a link of someone else's making.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flowengine.access.oidc_provider import Provider
from flowengine.access.oidc_settings import OidcSettings
from flowengine.access.tokens import new_token, same
from flowengine.clock import Clock
from flowengine.errors import AccessError

MOST: Final = 1000
LASTS: Final = 600.0
"""Seconds in which a person signs in at the provider."""
ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by a private key alone: never `none`, never one whose key both sides know."""
LEEWAY: Final = 60
"""Seconds by which two clocks may differ."""


@dataclass(frozen=True)
class _Pending:
    began: float
    binding: str
    nonce: str
    verifier: str
    redirect: str


@dataclass(frozen=True)
class Begun:
    """A sign-in under way."""

    location: str
    """Where the browser goes."""
    binding: str
    """What it brings back, beside what the provider gives it."""


class Oidc:
    """One provider. Safe to use from any thread; `begin` and `finish` may wait for it, 10 s at most a request."""

    def __init__(self, settings: OidcSettings, clock: Clock | None = None) -> None:
        self.settings = settings
        self._clock = clock or Clock()
        self._provider = Provider(settings, self._clock)
        self._pending: OrderedDict[str, _Pending] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, redirect: str) -> Begun:
        """Begin to sign in; `redirect` is the page that the provider sends the browser back to.

        Raises:
            AccessError: the provider does not answer, or not as one does.
        """
        endpoint = self._provider.endpoint("authorization_endpoint")
        state, nonce, binding, verifier = new_token(), new_token(), new_token(), secrets.token_urlsafe(48)
        with self._lock:
            self._pending[state] = _Pending(self._clock.monotonic(), binding, nonce, verifier, redirect)
            while len(self._pending) > MOST:
                self._pending.popitem(last=False)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect,
            "scope": self.settings.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return Begun(f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}", binding)

    def finish(self, state: str, code: str, binding: str) -> dict[str, Any]:
        """Return what the provider says of who has signed in there; each state is good once.

        Raises:
            AccessError: nothing of the kind is under way here, or the provider's answer cannot be believed.
        """
        with self._lock:
            pending = self._pending.pop(state, None)
        if pending is None or not same(binding, pending.binding):
            raise AccessError("oidc-state", "no such sign-in is under way in this browser", "begin once more")
        if self._clock.monotonic() - pending.began > LASTS:
            raise AccessError("oidc-state", "signing in took too long", "begin once more")
        return self._claims(self._provider.trade(code, pending.verifier, pending.redirect), pending.nonce)

    def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        """Return the claims of an ID token (Core 1.0, 3.1.3.7)."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            decoded = self._decoded(token)
            settings = self.settings
            jwt.JWTClaimsRegistry(
                now=int(self._clock.now()),
                leeway=LEEWAY,
                iss={"essential": True, "value": settings.issuer},
                aud={"essential": True, "value": settings.client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(decoded.claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise AccessError("oidc-token", f"the provider's ID token cannot be believed: {error}"[:300]) from None
        claims: dict[str, Any] = decoded.claims
        audience = claims["aud"]
        if claims.get("azp", settings.client_id) != settings.client_id or (
            isinstance(audience, list) and len(audience) > 1 and "azp" not in claims
        ):
            raise AccessError("oidc-token", "the provider's ID token was made for another program")
        return claims

    def _decoded(self, token: str) -> Any:
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            return jwt.decode(token, self._provider.keys(), algorithms=ALGORITHMS)
        except (JoseError, ValueError):  # the provider may have changed its keys since
            keys = self._provider.new_keys()
            if keys is None:
                raise
            return jwt.decode(token, keys, algorithms=ALGORITHMS)
