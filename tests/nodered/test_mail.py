# ruff: noqa: E501 - a flow reads better with a node on a line
"""E-mail nodes of Node-RED, brought over and run against real servers."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from flowengine.flow.check import check_project
from flowengine.flow.plan import plan_flow
from flowengine.flow.problem import errors
from flowengine.flow.project import Project
from flowengine.nodered.conversion import Conversion, convert
from flowengine.registry import Registry
from flowengine.runtime.engine import Engine
from tests.nodes.notify.test_mail_server_email import Mailbox, serving
from tests.nodes.notify.test_mailbox_read_mail_fetch_mail import mail
from tests.plants import dovecot
from tests.plants.mosquitto import LOOPBACK, Authority

SIGNED = {"userid": "line@example.com", "password": "grey-otter-37"}


async def run(made: Conversion, registry: Registry, until: Any) -> None:
    """Run the flow `t` of an import until something is so."""
    flow = made.flows["t"]
    project = Project.of(flow, connections=made.connections)
    assert errors(check_project(project, registry, {}, made.secrets.get)) == []
    engine = Engine()
    await engine.deploy(plan_flow(flow, project, registry, {}, made.secrets.get))
    try:
        async with asyncio.timeout(30):
            while not until():
                await asyncio.sleep(0.02)
    finally:
        await engine.stop()


def test_an_e_mail_node_gives_its_mail_to_a_server_that_it_signs_in_at(registry: Registry, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("mail", f"IP:{LOOPBACK}")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"line@example.com", b"grey-otter-37"), handled=False)

    there = Mailbox()
    with serving(there, tls_context=context, require_starttls=True, authenticator=check, auth_required=True) as port:
        made = convert(
            [
                {"id": "t", "type": "tab", "label": "t"},
                {"id": "i", "z": "t", "type": "inject", "once": True, "onceDelay": "0", "props": [{"p": "payload"}, {"p": "topic", "vt": "str"}], "topic": "Oven", "payload": "too hot: 92 °C", "payloadType": "str", "wires": [["m"]]},
                {"id": "m", "z": "t", "type": "e-mail", "server": LOOPBACK, "port": str(port), "secure": False, "tls": True, "name": "anna@example.com, ben@example.com", "credentials": SIGNED, "wires": []},
            ],
            registry,
        )  # fmt: skip
        made.connections["mail-server"].options["ca"] = str(authority.certificate)  # of the plant's own authority
        asyncio.run(run(made, registry, lambda: there.mails))
    assert there.recipients == ["anna@example.com", "ben@example.com"]
    assert (there.mails[0]["Subject"], there.mails[0]["From"]) == ("Oven", "line@example.com")
    assert there.mails[0].get_content().strip() == "too hot: 92 °C"


MAIL_IN = {"type": "e-mail in", "useSSL": True, "autotls": "never", "box": "INBOX", "criteria": "UNSEEN", "repeat": "1", "fetch": "auto", "inputs": 0}  # fmt: skip


def test_an_e_mail_in_node_fetches_what_is_unread_and_marks_it(registry: Registry, tmp_path: Path) -> None:
    if why := dovecot.missing():
        pytest.skip(why)
    kept = tmp_path / "kept.txt"
    with dovecot.Dovecot() as server:
        server.put("order", mail("Order 7", "3 pallets"))
        made = convert(
            [
                {"id": "t", "type": "tab", "label": "t"},
                {"id": "m", "z": "t", **MAIL_IN, "protocol": "IMAP", "server": LOOPBACK, "port": str(server.imaps), "disposition": "Read", "credentials": {"userid": dovecot.USER, "password": dovecot.PASSWORD}, "wires": [["f"]]},
                {"id": "f", "z": "t", "type": "function", "func": "msg.payload = msg.topic + '|' + msg.payload.trim() + '|' + msg.attachments[0].content.length; return msg", "outputs": 1, "wires": [["w"]]},
                {"id": "w", "z": "t", "type": "file", "filename": str(kept), "filenameType": "str", "overwriteFile": "false", "appendNewline": False, "encoding": "none", "wires": [[]]},
            ],
            registry,
        )  # fmt: skip
        made.connections["mailbox"].options["ca"] = str(server.authority.certificate)
        asyncio.run(run(made, registry, lambda: kept.exists() and server.left() == {"order": "S"}))
    assert kept.read_text() == "Order 7|3 pallets|2"


@pytest.mark.parametrize(
    ("entry", "connection", "options"),
    [
        (
            {"protocol": "POP3", "server": "mail", "port": "110", "useSSL": False, "disposition": "Read"},
            {"protocol": "pop3", "host": "mail", "port": 110, "security": "none", "username": "unknown"},
            {"folder": "INBOX", "which": "UNSEEN", "afterwards": "delete", "interval": 1.0},
        ),
        (
            {
                "protocol": "IMAP",
                "server": "mail",
                "port": "993",
                "fetch": "trigger",
                "inputs": 1,
                "disposition": "None",
            },
            {"protocol": "imap", "host": "mail", "port": 993, "security": "tls", "username": "unknown"},
            {"folder": "INBOX", "which": "UNSEEN", "afterwards": "keep"},
        ),
        ({"criteria": "_msg_"}, None, None),
    ],
)
def test_how_mail_is_fetched_is_said_by_its_settings_or_it_is_a_placeholder(
    registry: Registry, entry: Any, connection: Any, options: Any
) -> None:
    made = convert([{"id": "t", "type": "tab", "label": "t"}, {"id": "m", "z": "t", **MAIL_IN, **entry}], registry)
    (node,) = made.flows["t"].nodes.values()
    if connection is None:
        assert node.type == "nodered/unknown"
    else:
        assert node.type == ("notify/fetch-mail" if entry.get("inputs") else "notify/read-mail")
        assert made.connections["mailbox"].options == connection
        assert node.options == {**options, "connection": "mailbox"}
