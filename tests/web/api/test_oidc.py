"""Signing in at an OpenID provider: a real one on loopback, with real signatures."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from flowengine.access.audit import audit_folder
from flowengine.access.oidc import LASTS, Oidc
from flowengine.access.oidc_settings import OidcSettings, read_oidc
from flowengine.clock import VirtualClock
from flowengine.errors import AccessError
from flowengine.registry import Registry
from tests.plants.openid_provider import CLIENT, SECRET, OpenIdProvider
from tests.web.api.client import Client
from tests.web.canvas.served import Served


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory, users: Path, registry: Registry) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("oidc")
    (folder / ".flowengine").mkdir()
    (folder / ".flowengine" / "web.sqlite").write_bytes(users.read_bytes())
    (folder / "empty.json").write_text('{"flowengine": 1, "name": "empty"}')
    served = Served(folder, registry)
    served.start()
    yield served
    served.stop()


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenIdProvider]:
    monkeypatch.setenv("FLOWENGINE_SECRET_OIDC", SECRET)
    with OpenIdProvider() as provider:
        yield provider


def settings_for(provider: OpenIdProvider, **more: Any) -> OidcSettings:
    given: dict[str, Any] = {
        "issuer": provider.issuer,
        "client_id": CLIENT,
        "client_secret_name": "oidc",
        "label": "Plant login",
        "roles": {"makers": "editor", "everyone": "viewer", "heads": "admin"},
        "sides": {"makers": ["ot"], "heads": ["ot", "it"]},
    }
    return OidcSettings(**{**given, **more})


@pytest.fixture
def served(installation: Served, provider: OpenIdProvider) -> Iterator[Served]:
    installation.site.oidc = Oidc(settings_for(provider))
    yield installation
    for name in ("ada", "ada@plant.example"):
        if name in {user.name for user in installation.site.access.users.all()}:
            installation.site.access.remove(name)
    installation.site.oidc = None


def sign_in(client: Client, provider: OpenIdProvider, **more: Any) -> Any:
    begun = client.do("POST", "/api/oidc/begin")
    back = provider.sign_in(begun["location"])
    return client.ask("POST", "/api/oidc/finish", {**back, "binding": begun["binding"], **more})


def test_somebody_signs_in_with_the_role_and_the_sides_of_his_groups(served: Served, provider: OpenIdProvider) -> None:
    with Client(served.port) as client:
        assert client.session()["oidc"] == "Plant login"
        reply = sign_in(client, provider)
        assert reply.status == 200, reply.raw
        assert (reply.json["user"], reply.json["role"], reply.json["sides"]) == ("ada", "editor", ["ot"])
        assert "HttpOnly" in reply.headers["set-cookie"]
        assert "SameSite=Strict" in reply.headers["set-cookie"]
        assert client.ask("GET", "/api/project").status == 200
    recorded = "".join(file.read_text() for file in audit_folder(served.folder).glob("*.jsonl"))
    last = json.loads(recorded.splitlines()[-1])
    assert (last["what"], last["who"], last["result"]) == ("sign-in", "ada", "done")
    assert last["details"] == {"provider": provider.issuer, "sides": ["ot"]}
    assert SECRET not in recorded


def test_a_change_of_groups_counts_at_the_next_sign_in_and_ends_the_others(
    served: Served, provider: OpenIdProvider
) -> None:
    with Client(served.port) as before, Client(served.port) as after:
        sign_in(before, provider)
        provider.person["groups"] = ["everyone"]
        provider.person["preferred_username"] = "lovelace"
        reply = sign_in(after, provider)
        assert (reply.json["user"], reply.json["role"], reply.json["sides"]) == ("ada", "viewer", []), "by his subject"
        assert before.ask("GET", "/api/project").status == 401


@pytest.mark.parametrize("groups", [[], ["strangers"], None, "strangers", {"makers": 1}, [["makers"]]])
def test_who_is_in_no_group_that_may_is_refused_and_recorded(
    served: Served, provider: OpenIdProvider, groups: Any
) -> None:
    provider.person["groups"] = groups
    with Client(served.port) as client:
        reply = sign_in(client, provider)
        assert (reply.status, reply.json["error"]) == (403, "oidc-no-role")
        assert client.session()["user"] == ""
    assert "ada" not in {user.name for user in served.site.access.users.all()}


def test_a_name_that_a_local_user_has_is_not_to_be_had(served: Served, provider: OpenIdProvider) -> None:
    provider.person["preferred_username"] = "Admin"
    with Client(served.port) as client:
        reply = sign_in(client, provider)
        assert (reply.status, reply.json["error"]) == (409, "taken")


def test_somebody_without_a_password_signs_in_by_none(served: Served, provider: OpenIdProvider) -> None:
    with Client(served.port) as client:
        sign_in(client, provider)
    with Client(served.port) as client:
        for password in ("", "none", "ada"):
            assert client.ask("POST", "/api/session", {"name": "ada", "password": password}).status == 401


NOW = int(time.time())
LIES: list[dict[str, Any]] = [
    {"iss": "http://elsewhere.example"},
    {"iss": None},
    {"aud": "another"},
    {"aud": ["flowengine", "another"]},
    {"azp": "another"},
    {"aud": None},
    {"sub": None},
    {"nonce": "another"},
    {"nonce": None},
    {"exp": NOW - 3600},
    {"exp": None},
    {"iat": NOW + 7200},
    {"nbf": NOW + 7200},
]


@pytest.mark.parametrize("lies", LIES, ids=[f"{number} {next(iter(lies))}" for number, lies in enumerate(LIES)])
def test_a_token_that_was_not_made_for_this_sign_in_is_not_believed(
    served: Served, provider: OpenIdProvider, lies: dict[str, Any]
) -> None:
    provider.lies = lies
    with Client(served.port) as client:
        reply = sign_in(client, provider)
        assert (reply.status, reply.json["error"]) == (401, "oidc-token"), reply.raw


OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"})


@pytest.mark.parametrize("how", ["none", "HS256", "another key"])
def test_a_token_that_the_provider_has_not_signed_is_not_believed(
    served: Served, provider: OpenIdProvider, how: str
) -> None:
    if how == "another key":
        provider.signs_with = OTHER_KEY
    else:
        provider.forges = how
    with Client(served.port) as client:
        assert sign_in(client, provider).json["error"] == "oidc-token"


def test_a_code_is_of_use_to_nobody_but_the_browser_that_asked_and_once(
    served: Served, provider: OpenIdProvider
) -> None:
    with Client(served.port) as client, Client(served.port) as thief:
        begun = client.do("POST", "/api/oidc/begin")
        back = provider.sign_in(begun["location"])
        assert thief.refused("POST", "/api/oidc/finish", {**back, "binding": "x"}) == (401, "oidc-state")
        whole = {**back, "binding": begun["binding"]}
        assert client.refused("POST", "/api/oidc/finish", whole) == (401, "oidc-state"), "a try burns it"
        for wrong in ({"state": "x" * 43}, {"code": "x"}, {"binding": "x"}):
            assert sign_in(client, provider, **wrong).status in (401, 502)
        foreign = {"Origin": "http://evil.example"}
        assert client.refused("POST", "/api/oidc/begin", headers=foreign) == (403, "wrong-origin")
        assert client.refused("POST", "/api/oidc/finish", whole, headers=foreign) == (403, "wrong-origin")


def test_keys_are_kept_and_asked_for_again_when_a_token_fits_none(provider: OpenIdProvider) -> None:
    clock = VirtualClock(epoch=time.time())
    oidc = Oidc(settings_for(provider), clock)

    def whole() -> dict[str, Any]:
        begun = oidc.begin("http://127.0.0.1/oidc")
        back = provider.sign_in(begun.location)
        return oidc.finish(back["state"], back["code"], begun.binding)

    assert whole()["sub"] == "1"
    assert whole()["sub"] == "1"
    assert provider.asked.count("/jwks") == 1
    provider.rotate("two")
    with pytest.raises(AccessError, match="cannot be believed"):
        whole()  # the keys were asked for a moment ago: nobody can have them asked for at will
    clock.elapsed += 61
    assert whole()["sub"] == "1"
    assert provider.asked.count("/jwks") == 2
    begun = oidc.begin("http://127.0.0.1/oidc")
    clock.elapsed += LASTS + 1
    back = provider.sign_in(begun.location)
    with pytest.raises(AccessError, match="took too long"):
        oidc.finish(back["state"], back["code"], begun.binding)


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"issuer": "http://elsewhere.example"}, "calls itself"),
        ({"authorization_endpoint": "http://elsewhere.example/a"}, "no https address"),
        ({"authorization_endpoint": None}, "no https address"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "no https address"),
    ],
)
def test_a_provider_that_is_not_what_was_set_is_not_used(
    served: Served, provider: OpenIdProvider, metadata: dict[str, Any], said: str
) -> None:
    provider.metadata = metadata
    with Client(served.port) as client:
        reply = client.ask("POST", "/api/oidc/begin")
        assert (reply.status, reply.json["error"]) == (502, "oidc-provider")
        assert said in reply.json["message"]


def test_a_provider_that_is_away_leaves_the_password(served: Served, provider: OpenIdProvider) -> None:
    provider.__exit__()
    try:
        with Client(served.port) as client:
            assert client.refused("POST", "/api/oidc/begin") == (502, "oidc-provider")
            assert client.ask("POST", "/api/session", {"name": "admin", "password": "correct horse"}).status == 200
    finally:
        provider.__init__()  # type: ignore[misc]
        provider.__enter__()


def test_without_a_provider_there_is_nothing(installation: Served) -> None:
    with Client(installation.port) as client:
        assert client.session()["oidc"] == ""
        assert client.refused("POST", "/api/oidc/begin") == (404, "not-found")


def test_groups_may_lie_deeper(provider: OpenIdProvider) -> None:
    settings = settings_for(provider, groups_claim="realm_access.roles")
    assert settings.role_of({"realm_access": {"roles": ["everyone", "makers"]}}) == "editor"
    assert settings.role_of({"realm_access": "makers"}) is None


@pytest.mark.parametrize(
    "text", ["", "[]", '{"issuer": "x"}', '{"issuer": "x", "client_id": "y", "roles": {"a": "king"}}']
)
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "oidc.json").write_text(text)
    with pytest.raises(AccessError, match="nothing sound"):
        read_oidc(tmp_path / "oidc.json")
