"""The other side of OpenID Connect: what a provider publishes of itself, its keys, and its token endpoint."""

from __future__ import annotations

import base64
import json
import ssl
import threading
import urllib.error
import urllib.request
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from flowengine.access.oidc_settings import OidcSettings
from flowengine.clock import Clock
from flowengine.errors import AccessError

PATIENCE: Final = 10.0
"""Seconds that an answer may take."""
LARGEST: Final = 1024 * 1024
"""Bytes of an answer at most."""
FRESH: Final = 3600.0
"""Seconds after which keys are asked for again."""
PAUSE: Final = 60.0
"""Seconds between two looks for new keys because of a token that none fits: anybody could bring such tokens."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Provider:
    """What is known of one provider; asked for when it is needed first. Safe to use from any thread."""

    def __init__(self, settings: OidcSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._metadata: dict[str, Any] | None = None
        self._keys: Any = None
        self._asked = float("-inf")
        """When the keys were asked for last."""

    def endpoint(self, name: str) -> str:
        """Return an address of the provider's.

        Raises:
            AccessError: it does not answer, is another one, or has no such address.
        """
        with self._lock:
            if self._metadata is None:
                issuer = self._settings.issuer
                found = self._ask(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
                if found.get("issuer") != issuer:
                    raise _wrong(f"it calls itself {str(found.get('issuer'))[:200]!r}, not {issuer!r}")
                self._metadata = found
            address = self._metadata.get(name)
        if not isinstance(address, str) or not _safe(address, self._settings.issuer):
            raise _wrong(f"its {name} is no https address")
        return address

    def keys(self) -> Any:
        """Return its keys, an hour old at most.

        Raises:
            AccessError: it does not answer, or not with keys.
        """
        address = self.endpoint("jwks_uri")
        with self._lock:
            if self._keys is None or self._clock.monotonic() - self._asked > FRESH:
                self._fetch(address)
            return self._keys

    def new_keys(self) -> Any:
        """Ask for the keys again and return them; None: that was done a moment ago.

        Raises:
            AccessError: see `keys`.
        """
        address = self.endpoint("jwks_uri")
        with self._lock:
            if self._clock.monotonic() - self._asked < PAUSE:
                return None
            self._fetch(address)
            return self._keys

    def _fetch(self, address: str) -> None:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        self._asked = self._clock.monotonic()
        found = self._ask(address)
        try:
            keys = [key for key in found["keys"] if key.get("use", "sig") == "sig" and key.get("kty") != "oct"]
            self._keys = KeySet.import_key_set({"keys": keys})
        except (JoseError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise _wrong(f"its keys cannot be read: {error}") from None

    def trade(self, code: str, verifier: str, redirect: str) -> str:
        """Return the ID token that a code is good for.

        Raises:
            AccessError: it is good for none.
        """
        settings = self._settings
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
        headers = {}
        secret = settings.client_secret()
        if secret:
            pair = f"{quote(settings.client_id, safe='')}:{quote(secret, safe='')}"  # RFC 6749, 2.3.1
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form["client_id"] = settings.client_id
        found = self._ask(self.endpoint("token_endpoint"), urlencode(form).encode(), headers)
        token = found.get("id_token")
        if not isinstance(token, str):
            raise _wrong("it gave no ID token")
        return token

    def _ask(self, address: str, form: bytes | None = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
        if not _safe(address, self._settings.issuer):
            raise _wrong(f"{address[:200]} is no https address")
        request = urllib.request.Request(address, form, {"Accept": "application/json", **(headers or {})})
        try:
            context = ssl.create_default_context(cafile=self._settings.ca_file or None)
            handlers = [_NoRedirects(), urllib.request.HTTPSHandler(context=context), urllib.request.ProxyHandler({})]
            with urllib.request.build_opener(*handlers).open(request, timeout=PATIENCE) as answer:
                raw = answer.read(LARGEST + 1)
            found = json.loads(raw) if len(raw) <= LARGEST else None
        except urllib.error.HTTPError as error:
            with error:
                raise _wrong(f"{urlsplit(address).path} answered {error.code}: {_said(error.read(LARGEST))}") from None
        except (OSError, ValueError, RecursionError) as error:
            raise _wrong(f"{urlsplit(address).netloc} does not answer as it should: {error}") from None
        if not isinstance(found, dict):
            raise _wrong(f"{urlsplit(address).path} gave no JSON object")
        return found


def _safe(address: str, issuer: str) -> bool:
    """Say whether nobody listens on the way: https, or (for tests) this computer where the issuer is here too."""
    parts, own = urlsplit(address), urlsplit(issuer)
    if parts.scheme == "https":
        return bool(parts.hostname)
    local = ("127.0.0.1", "::1", "localhost")
    return parts.scheme == "http" and parts.hostname in local and own.hostname in local


def _said(raw: bytes) -> str:
    """Return the error of a token endpoint (RFC 6749, 5.2), and no more of its answer."""
    try:
        found = json.loads(raw)
        return str(found.get("error", ""))[:100]
    except (ValueError, AttributeError, RecursionError):
        return "no reason"


def _wrong(what: str) -> AccessError:
    return AccessError(
        "oidc-provider", f"the OpenID provider: {what}"[:400], "sign in with a password, or ask an admin"
    )
