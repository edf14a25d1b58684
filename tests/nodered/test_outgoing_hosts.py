"""No message makes a node connect to this computer or the plant's networks, by whatever road."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import aiohttp
import aiohttp.web
import pytest

from flowengine.errors import Refused
from flowengine.node import Transform
from flowengine.outgoing import VARIABLE, allow_list
from flowengine.testing import running
from flowengine_nodes.nodered.reaching import connector, host_of
from tests.nodered.comparing import Bench
from tests.nodered.test_network import arrived, load
from tests.nodered.test_secure_network import Answering
from tests.plants.mosquitto import free_port


@pytest.fixture(scope="module")
def session() -> Iterator[Bench]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "")  # the testbench opens everything unless something is said
        with Bench() as bench:
            yield bench


def failures(session: Bench, node: dict[str, Any], *messages: dict[str, Any]) -> list[str]:
    load(session, {"id": "n", "wires": [["d"]], **node})
    found = []
    for message in messages:
        session.send(op="inject", node="n", msg=message)
        while "error" not in (msg := arrived(session)[0]):
            pass
        found.append(msg["error"]["message"])
    return found


@pytest.mark.parametrize("url", ["", "{{{url}}}", "http://{{{host}}}:{{{port}}}/", "http://a@{{{host}}}:{{{port}}}"])
def test_an_http_request_goes_nowhere_private_that_a_message_names(session: Bench, url: str) -> None:
    port = free_port()
    node = {"type": "http request", "method": "GET", "ret": "txt", "url": url, "senderr": True}
    hosts = ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "[::ffff:127.0.0.1]"]
    messages = [{"url": f"http://{host}:{port}/", "host": host, "port": port} for host in hosts]
    for host, text in zip(hosts, failures(session, node, *messages), strict=True):
        assert "came with a message" in text, (host, text)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "0", "017700000001"])
def test_other_ways_to_write_this_computer_do_not_get_round_it(session: Bench, host: str) -> None:
    node = {"type": "http request", "method": "GET", "ret": "txt", "url": "", "senderr": True}
    (text,) = failures(session, node, {"url": f"http://{host}:{free_port()}/"})
    assert (
        "came with a message" in text
        or "only accept valid" in text
        or "InvalidURL" in text
        or "Cannot connect" not in text
    )


def test_tcp_and_udp_go_nowhere_private_that_a_message_names(session: Bench) -> None:
    for node in (
        {"type": "tcp request", "server": "", "port": "", "out": "time"},
        {"type": "udp out", "addr": "", "port": "", "wires": []},
    ):
        (text,) = failures(session, node, {"host": "127.0.0.1", "ip": "127.0.0.1", "port": free_port(), "payload": "x"})
        assert "came with a message" in text


class Plain(Transform):
    """Connects."""


def ask(url: str, trusted: str = "", *rules: str, to: str = "") -> str:
    async def main() -> str:
        answering = aiohttp.web.Application()

        async def answer(request: aiohttp.web.Request) -> aiohttp.web.Response:
            if "to" in request.query:
                raise aiohttp.web.HTTPFound(request.query["to"])
            return aiohttp.web.Response(text="secret")

        answering.router.add_get("/", answer)
        runner = aiohttp.web.AppRunner(answering)
        await runner.setup()
        await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        try:
            node = Plain()
            async with running(node) as host:
                host.outgoing = [allow_list([rule.format(port=port) for rule in rules], "the list")] if rules else []
                known = host_of(trusted.format(port=port)) if trusted else None
                async with (
                    aiohttp.ClientSession(connector=connector(node, known)) as client,
                    client.get(url.format(port=port), params={"to": to.format(port=port)} if to else {}) as found,
                ):
                    return await found.text()
        finally:
            await runner.cleanup()

    return asyncio.run(main())


def test_what_the_author_wrote_is_asked() -> None:
    assert ask("http://127.0.0.1:{port}/", "http://127.0.0.1:{port}/x") == "secret"
    assert ask("http://localhost:{port}/", "localhost:{port}") == "secret"
    assert ask("http://127.0.0.1:{port}/", "http://127.0.0.1:{port}/", to="/") == "secret"


@pytest.mark.parametrize(
    "to", ["http://localhost:{port}/", "http://127.0.0.1:1/", "http://169.254.169.254/", "http://[::1]:{port}/"]
)
def test_a_server_redirects_nobody_into_the_plant(to: str) -> None:
    with pytest.raises(Refused, match="came with a message"):
        ask("http://127.0.0.1:{port}/", "http://127.0.0.1:{port}/", to=to)


def test_a_redirect_through_a_proxy_goes_nowhere_private_either(session: Bench) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        node = {"type": "http request", "senderr": True, "proxy": "p", "url": "http://8.8.8.8/leads/169.254.169.254/x"}
        proxy = {"id": "p", "z": "", "type": "http proxy", "url": f"http://127.0.0.1:{server.server_port}"}
        load(session, proxy, {"id": "n", "wires": [["d"]], **node})
        session.send(op="inject", node="n", msg={})
        assert "came with a message" in arrived(session)[0]["error"]["message"]
        server.shutdown()


def test_a_name_is_looked_up_once_and_the_address_that_was_judged_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = socket.getaddrinfo, []

    def rebinding(host: Any, *rest: Any, **more: Any) -> Any:
        if host != "rebind.example":
            return real(host, *rest, **more)
        asked.append(host)
        return real("127.0.0.1" if len(asked) == 1 else "127.0.0.2", *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert ask("http://rebind.example:{port}/", "", "rebind.example:{port}") == "secret"
    assert len(asked) == 1
    with pytest.raises(Refused, match="this computer"):
        ask("http://rebind.example:{port}/")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://erp.plant/a/{{payload}}", ("erp.plant", 80)),
        ("https://ERP.plant", ("erp.plant", 443)),
        ("erp.plant:8080/x", ("erp.plant", 8080)),
        ("http://[fd00::1]:81/", ("fd00::1", 81)),
        ("http://{{host}}/", None),
        ("http://erp.plant{{x}}/", None),
        ("http://erp.plant\\{{x}}/", None),
        ("http://erp.plant:{{port}}/", None),
        ("{{url}}", None),
        ("", None),
        ("http://erp:x", None),
        ("ftp://erp/", None),
    ],
)  # fmt: skip
def test_only_a_host_that_stands_there_whole_is_the_authors(url: str, host: tuple[str, int] | None) -> None:
    assert host_of(url) == host
