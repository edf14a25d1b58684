"""A small OpenID provider on loopback: real signatures, codes that are good once, PKCE, keys that it can exchange.

What it says of people, and how it may lie, is set by the test.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
CLIENT, SECRET = "flowengine", "c1ient-secret:/?"


class OpenIdProvider:
    """`with OpenIdProvider() as provider: ...`"""

    def __init__(self) -> None:
        self.person: dict[str, Any] = {"sub": "1", "preferred_username": "ada", "groups": ["makers"]}
        """What it says of whoever signs in."""
        self.lies: dict[str, Any] = {}
        """Claims that stand in the ID token in place of the true ones; None: left out."""
        self.key = KEY
        self.signs_with: Any = None
        """Another key than the one it publishes."""
        self.forges = ""
        """none or HS256: it signs nothing, as somebody would who has not its key."""
        self.metadata: dict[str, Any] = {}
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> OpenIdProvider:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def rotate(self, kid: str) -> None:
        """Exchange the key, as providers do from time to time."""
        self.key = RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})

    def sign_in(self, location: str) -> dict[str, str]:
        """Sign in where the browser was sent, as a person would; return what the provider sends it back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def answer(self, path: str, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        """Return status and body of an answer."""
        self.asked.append(path)
        if path == "/.well-known/openid-configuration":
            places = {f"{name}_endpoint": f"{self.issuer}/{name}" for name in ("authorization", "token")}
            return 200, {"issuer": self.issuer, **places, "jwks_uri": f"{self.issuer}/jwks", **self.metadata}
        if path == "/jwks":
            return 200, {"keys": [self.key.as_dict(private=False), OctKey.generate_key(256).as_dict()]}
        if path == "/token":
            return self._token(form, authorization)
        return 404, {}

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, Any]:
        pair = base64.b64encode(urlencode({CLIENT: SECRET}).replace("=", ":").encode()).decode()
        if authorization != f"Basic {pair}":
            return 401, {"error": "invalid_client"}
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        said = {name: value for name, value in {**claims, **self.person, **self.lies}.items() if value is not None}
        if self.forges:
            token = self._forged(said)
        else:
            token = jwt.encode({"alg": "RS256", "kid": self.key.kid}, said, self.signs_with or self.key)
        return 200, {"access_token": "unused", "token_type": "Bearer", "id_token": token}

    def _forged(self, said: dict[str, Any]) -> str:
        """Make a token without the key: signed by nobody, or with what everybody knows as if it were a secret."""
        header = json.dumps({"alg": self.forges, "kid": self.key.kid})
        body = ".".join(_part(part.encode()) for part in (header, json.dumps(said)))
        public = self.key.as_pem(private=False)
        return f"{body}." + (_part(hmac.digest(public, body.encode(), "sha256")) if self.forges == "HS256" else "")


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _handler(provider: OpenIdProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do({})

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            self._do({name: values[0] for name, values in parse_qs(raw.decode()).items()})

        def _do(self, form: dict[str, str]) -> None:
            if urlsplit(self.path).path == "/authorization":
                self.send_response(302)
                where = parse_qs(urlsplit(self.path).query)["redirect_uri"][0]
                self.send_header("Location", f"{where}?{urlencode(provider.sign_in(self.path))}")
                self.end_headers()
                return
            status, body = provider.answer(urlsplit(self.path).path, form, self.headers.get("Authorization", ""))
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
