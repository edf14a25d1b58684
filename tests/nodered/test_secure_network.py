# ruff: noqa: E501 - a flow reads better with a node on a line
"""Certificates, proxies, digest authentication, and topics that messages choose: against real servers on loopback."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from flowengine.nodered.conversion import convert
from flowengine.registry import Registry
from tests.nodered.comparing import Bench
from tests.nodered.test_network import arrived, load
from tests.plants.modbus_certificates import Certificates, make_certificates
from tests.plants.mosquitto import free_port


class Answering(BaseHTTPRequestHandler):
    """Asks for digest authentication at /digest; answers as a proxy where a whole address is asked for.

    What is asked for at /leads/HOST/PATH is at http://HOST/PATH.
    """

    def do_GET(self) -> None:
        if self.path == "/digest" and not self._known():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Digest realm="plant", nonce="abc123", qop="auth", algorithm=MD5')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if "/leads/" in self.path:
            self.send_response(302)
            self.send_header("Location", "http://" + self.path.partition("/leads/")[2])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        through = self.path.startswith("http://")
        user = base64.b64decode(self.headers.get("Proxy-Authorization", "").removeprefix("Basic ")).decode()
        body = (f"proxy {user} {self.path}" if through else f"direct {self.path}").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _known(self) -> bool:
        said = dict(re.findall(r'(\w+)="?([^",]*)"?', self.headers.get("Authorization", "")))
        if said.get("username") != "u":
            return False
        first, second = (hashlib.md5(text.encode()).hexdigest() for text in ("u:plant:p", "GET:/digest"))
        wanted = f"{first}:abc123:{said['nc']}:{said['cnonce']}:auth:{second}"
        known: bool = said["response"] == hashlib.md5(wanted.encode()).hexdigest()
        return known

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def answering() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def session(bench: Bench) -> Bench:
    return bench


def test_a_digest_is_given_when_it_is_asked_for(session: Bench, answering: int) -> None:
    load(session, {"id": "r", "type": "http request", "url": f"http://127.0.0.1:{answering}/digest", "authType": "digest", "wires": [["d"]]},
         credentials={"r": {"user": "u", "password": "p"}})  # fmt: skip
    session.send(op="inject", node="r", msg={})
    found = arrived(session)[0]
    assert (found["statusCode"], found["payload"]) == (200, "direct /digest")


def test_a_request_goes_through_the_proxy_unless_its_host_is_asked_directly(session: Bench, answering: int) -> None:
    load(session, {"id": "p", "z": "", "type": "http proxy", "url": f"http://127.0.0.1:{answering}", "noproxy": ["127.0.0.1"]},
         {"id": "r", "type": "http request", "url": "http://plant.example/x", "proxy": "p", "wires": [["d"]]},
         {"id": "s", "type": "http request", "url": f"http://127.0.0.1:{answering}/y", "proxy": "p", "wires": [["d"]]},
         credentials={"p": {"username": "pu", "password": "pp"}})  # fmt: skip
    session.send(op="inject", node="r", msg={})
    assert arrived(session)[0]["payload"] == "proxy pu:pp http://plant.example/x"
    session.send(op="inject", node="s", msg={})
    assert arrived(session)[0]["payload"] == "direct /y"


def test_an_answer_that_redirects_is_followed_through_the_proxy_or_past_it(session: Bench, answering: int) -> None:
    here, away = f"127.0.0.1:{answering}/leads/", "8.8.8.8/z"
    load(session, {"id": "p", "z": "", "type": "http proxy", "url": f"http://127.0.0.1:{answering}", "noproxy": ["127.0.0.1"]},
         {"id": "r", "type": "http request", "url": f"http://{here}{here}{away}", "proxy": "p", "wires": [["d"]]})  # fmt: skip
    session.send(op="inject", node="r", msg={})
    found = arrived(session)[0]
    assert found["payload"] == f"proxy  http://{away}"
    assert found["redirectList"] == [{"location": f"http://{here}{away}"}, {"location": f"http://{away}"}]
    session.send(op="inject", node="r", msg={"followRedirects": False})
    assert arrived(session)[0]["statusCode"] == 302


def test_tcp_nodes_speak_tls_and_refuse_a_certificate_that_they_cannot_trust(
    session: Bench, certificates: Certificates
) -> None:
    port = str(free_port())
    load(session, {"id": "ts", "z": "", "type": "tls-config", "cert": str(certificates.device), "key": str(certificates.device_key)},
         {"id": "tc", "z": "", "type": "tls-config", "ca": str(certificates.ca)},
         {"id": "tn", "z": "", "type": "tls-config", "servername": "127.0.0.1"},
         {"id": "i", "type": "tcp in", "server": "server", "port": port, "datamode": "stream", "datatype": "utf8", "newline": "\\n", "tls": "ts", "wires": [["n"]]},
         {"id": "n", "type": "function", "func": "msg.payload = msg.payload.toUpperCase() + '\\n'; return msg", "wires": [["o"]]},
         {"id": "o", "type": "tcp out", "beserver": "reply", "wires": []},
         {"id": "r", "type": "tcp request", "server": "127.0.0.1", "port": port, "out": "char", "splitc": "\\n", "ret": "string", "tls": "tc", "wires": [["d"]]},
         {"id": "q", "type": "tcp request", "server": "127.0.0.1", "port": port, "out": "char", "splitc": "\\n", "ret": "string", "tls": "tn", "wires": [["d"]]})  # fmt: skip
    session.send(op="inject", node="r", msg={"payload": "hello\n"})
    assert arrived(session)[0]["payload"] == "HELLO\n"
    session.send(op="inject", node="q", msg={"payload": "hello\n"})
    assert "certificate verify failed" in arrived(session)[0]["error"]["message"]


def test_messages_say_to_which_topics_a_dynamic_mqtt_in_node_subscribes(session: Bench, broker_port: int) -> None:
    load(session, {"id": "b", "z": "", "type": "mqtt-broker", "broker": "127.0.0.1", "port": str(broker_port), "clientid": ""},
         {"id": "i", "type": "mqtt in", "inputs": 1, "datatype": "auto-detect", "broker": "b", "wires": [["d"]]},
         {"id": "o", "type": "mqtt out", "topic": "", "qos": "1", "retain": "true", "broker": "b", "wires": []})  # fmt: skip
    session.send(op="inject", node="o", msg={"topic": "a/b", "payload": {"x": 1}})
    session.send(op="inject", node="i", msg={"action": "subscribe", "topic": [{"topic": "a/+", "qos": 1}, "c"]})
    found = arrived(session)[0]
    assert (found["topic"], found["payload"]) == ("a/b", {"x": 1})
    session.send(op="inject", node="i", msg={"action": "unsubscribe", "topic": "c"})
    session.send(op="inject", node="i", msg={"action": "getSubscriptions"})
    found = arrived(session)[0]
    assert (found["topic"], found["payload"]) == ("subscriptions", [{"topic": "a/+", "qos": 1}])
    session.send(op="inject", node="i", msg={"action": "dance"})
    assert "'dance'" in arrived(session)[0]["error"]["message"]


def test_what_a_tls_config_says_stands_in_each_node_that_names_it(registry: Registry, tmp_path: Path) -> None:
    entries = [
        {"id": "t", "type": "tls-config", "name": "plant", "ca": "/etc/ca.pem", "alpnprotocol": "x", "verifyservercert": False, "credentials": {"passphrase": "s3cret"}},
        {"id": "w", "type": "websocket-client", "path": "wss://a/b", "tls": "t"},
        {"id": "r", "z": "f", "type": "http request", "tls": "t", "url": "https://a", "wires": [[]]},
    ]  # fmt: skip
    made = convert(entries, registry)
    wanted = {"ca": "/etc/ca.pem", "verify": False, "key_password": "${secret:plant-passphrase}"}
    assert made.flows["f"].nodes["http-request"].options["tls"] == wanted
    assert made.connections["websocket-client"].options["tls"] == wanted
    assert any("alpnprotocol" in finding.text for finding in made.report.findings)
    assert "s3cret" not in made.report.text()


def test_pkcs_12_and_certificates_in_variables_come_over(registry: Registry) -> None:
    entries = [
        {"id": "p", "type": "tls-config", "name": "file", "certType": "pfx", "p12": "/etc/own.p12", "cert": "left over"},
        {"id": "u", "type": "tls-config", "name": "up", "certType": "pfx", "p12name": "own.p12", "credentials": {"p12data": "MII=", "passphrase": "s3cret"}},
        {"id": "e", "type": "tls-config", "certType": "env", "certEnv": "OWN", "keyEnv": "${KEY}", "caEnv": ""},
        *({"id": f"r{i}", "z": "f", "type": "http request", "name": i, "tls": i, "url": "https://a", "wires": [[]]} for i in "pue"),
    ]  # fmt: skip
    made = convert(entries, registry)
    tls = {name: node.options["tls"] for name, node in made.flows["f"].nodes.items()}
    assert tls == {
        "p": {"certificate": "/etc/own.p12"},
        "u": {"certificate": "${secret:up-p12data}", "key_password": "${secret:up-passphrase}"},
        "e": {"certificate": "${OWN:-}", "key": "${KEY:-}"},
    }
    assert made.secrets["up-p12data"] == "-----BEGIN PKCS12-----\nMII=\n-----END PKCS12-----\n"
    assert any("name them in tls.ca" in finding.text for finding in made.report.findings)


def test_certificates_that_were_uploaded_into_node_red_are_secrets_and_what_is_not_there_is_said(
    registry: Registry,
) -> None:
    uploaded = {"certdata": "-----BEGIN CERTIFICATE-----", "keydata": "-----BEGIN KEY-----"}
    entries = [
        {"id": "t", "type": "tls-config", "name": "plant", "certname": "own.crt", "keyname": "own.key", "caname": "ca.crt", "credentials": uploaded},
        {"id": "b", "type": "mqtt-broker", "broker": "a", "port": "8883", "usetls": True, "tls": "t"},
        {"id": "r", "z": "f", "type": "http request", "tls": "t", "url": "https://a", "wires": [[]]},
    ]  # fmt: skip
    made = convert(entries, registry)
    wanted = {"certificate": "${secret:plant-certdata}", "key": "${secret:plant-keydata}"}
    assert made.flows["f"].nodes["http-request"].options["tls"] == wanted
    assert made.connections["mqtt-broker"].options["tls"] == wanted
    assert made.secrets == {"plant-certdata": uploaded["certdata"], "plant-keydata": uploaded["keydata"]}
    lost = [each.text for each in made.report.findings if each.level == "lost"]
    assert all("caname" in text and "certname" not in text for text in lost)
    assert lost
