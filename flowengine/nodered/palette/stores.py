"""Nodes that keep and tell: influxdb, e-mail. Their settings become connections of ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from flowengine.flow.model import ConnectionSpec
from flowengine.nodered.entries import Entry
from flowengine.nodered.fitting import escaped
from flowengine.nodered.palette.stand import CAUGHT, Made, Stand, number, refused, stated, text, whole

# --- influxdb ---

_URL: Final = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(:[1-9]\d{0,4})?(/[!-~]*)?\Z")
_PRECISIONS: Final = {"ns": "n", "n": "n", "us": "u", "u": "u", "ms": "ms", "s": "s", "m": "m", "h": "h"}


def _influx(points: bool) -> Callable[[Entry], Stand]:
    def stand(entry: Entry) -> Stand:
        measurement = text(entry, "measurement", 200)
        if "{{" in measurement:
            return Stand("", placeholder="its measurement holds {{, which influx/write would fill in")
        options: dict[str, Any] = {"bucket": escaped(text(entry, "bucket", 200) or "bucket")}
        if measurement and not points:
            options["measurement"] = escaped(measurement)
        elif not points:
            options["measurement"] = "{{measurement}}"
        if points:
            options["points"] = True
        lost = tuple(key for key in ("retentionPolicy", "retentionPolicyV18Flux") if text(entry, key))
        changed = ("points without a time have that of their message, not the server's", CAUGHT)
        adapted = _influx_of(entry, options)
        return Stand("nodered/influxdb-out", options, (), _SERVICE, lost=lost, changed=changed, adapted=adapted)

    return stand


_SERVICE: Final = {"connection": "influxdb"}


def _influx_in(entry: Entry) -> Stand:
    query = text(entry, "query", 100_000)
    options: dict[str, Any] = {"query": escaped(query)} if query else {}
    if entry.get("rawOutput") is True:
        options["raw"] = True

    def adapted(there: Entry) -> dict[str, Any]:
        version = text(there, "influxdbVersion") or "1.x"
        if version == "1.x":
            return {**options, "version": "1", "database": escaped(text(there, "database", 200))}
        if version == "2.0":
            return {**options, "org": escaped(text(entry, "org", 200))}
        return options

    lost = ("retentionPolicy",) if text(entry, "retentionPolicy") else ()
    return Stand("nodered/influxdb-in", options, ("1",), _SERVICE, lost=lost, changed=(CAUGHT,), adapted=adapted)


def _influx_of(entry: Entry, options: dict[str, Any]) -> Callable[[Entry], dict[str, Any]]:
    """Return what the options become by the version that the configuration node names."""

    def adapted(there: Entry) -> dict[str, Any]:
        version = text(there, "influxdbVersion") or "1.x"
        if version == "2.0":
            unit = _PRECISIONS.get(text(entry, "precisionV18FluxV20"), "ms")
            return {**options, "org": escaped(text(entry, "org", 200)), "precision": unit}
        database = text(there if version == "1.x" else entry, "database", 200) or "database"
        unit = text(entry, "precision" if version == "1.x" else "precisionV18FluxV20") or "n"
        return {**options, "version": "1", "bucket": escaped(database), "precision": _PRECISIONS.get(unit, "n")}

    return adapted


def _influx_options(entry: Entry) -> Made:
    version = text(entry, "influxdbVersion") or "1.x"
    named = {"username": "username", "password": "password"}
    if version == "1.x":
        scheme = "https" if entry.get("usetls") is True or entry.get("protocol") == "https" else "http"
        host, port = stated(entry, "hostname", "127.0.0.1"), whole(entry, "port", 8086, 1, 65535)
        return Made({"url": _address(f"{scheme}://{host}:{port}")}, named, ("tls",) if text(entry, "tls") else ())
    options: dict[str, Any] = {"url": _address(stated(entry, "url", "http://127.0.0.1:8086"))}
    if number(entry, "timeout", 10) != 10:
        options["timeout"] = min(300.0, max(0.1, number(entry, "timeout", 10)))
    lost = ("rejectUnauthorized",) if entry.get("rejectUnauthorized") is False else ()
    if version == "2.0":
        return Made({**options, "scheme": "Token"}, {"token": "token"}, lost)
    return Made(options, named, lost)


def _address(url: str) -> str:
    if _URL.match(url) is None:
        raise ValueError(f"{url:.80} is no address of a server; state it in a connection notify/service")
    return url


# --- e-mail ---

_SUBJECT: Final = "{{topic}}{{^topic}}{{title}}{{^title}}Message from Node-RED{{/title}}{{/topic}}"
_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+\Z")


def _mail(entry: Entry) -> Stand:
    to = [each.strip() for each in text(entry, "name", 4000).split(",") if each.strip()]
    if not to:
        return Stand("", placeholder="whom its mails go to is said by messages; notify/email names them")
    if len(to) > 100 or not all(_ADDRESS.match(each) and each.isprintable() for each in to):
        return Stand("", placeholder="its receivers are no plain e-mail addresses")
    if text(entry, "authtype") == "XOAUTH2":
        return Stand(
            "", placeholder="it signs in by OAuth 2; a connection notify/mail-server has user name and password"
        )
    try:
        host = stated(entry, "server", "127.0.0.1")
    except ValueError as error:
        return Stand("", placeholder=str(error))
    port = whole(entry, "port", 465, 1, 65535)
    plain = text(entry, "authtype") == "NONE" and port == 25
    security = "tls" if entry.get("secure") is True else "none" if plain else "starttls"
    server = {"host": host, "port": port, "security": security}
    changed = (
        "it sends subject and text; what messages say of sender, copies, headers, HTML and attachments is not heard",
        "its sender is its user; where that is no address, or not in the file, the first of who gets it: look at it",
        CAUGHT,
    )
    return Stand(
        "notify/email",
        {"to": escaped(to), "subject": _SUBJECT},
        (),
        own=ConnectionSpec(type="notify/mail-server", options={**server, "sender": escaped(to[0])}),
        credentials={"userid": "username", "password": "password"} if text(entry, "authtype") != "NONE" else {},
        lost=("tls",) if entry.get("tls") is False else (),
        changed=changed,
    )


_MARKS: Final = {"Read": "read", "Delete": "delete"}
_SEARCHES: Final = ("UNSEEN", "UNANSWERED", "FLAGGED", "SEEN", "ALL")


def _mail_in(entry: Entry) -> Stand:
    which = text(entry, "criteria") or "UNSEEN"
    if which == "_msg_":
        return Stand("", placeholder="messages tell it what to look for; here a node names which mails it fetches")
    if text(entry, "authtype") == "XOAUTH2":
        return Stand("", placeholder="it signs in by OAuth 2; a connection notify/mailbox has user name and password")
    try:
        host = stated(entry, "server", "127.0.0.1")
    except ValueError as error:
        return Stand("", placeholder=str(error))
    imap = text(entry, "protocol") != "POP3"
    tls = entry.get("useSSL") is not False
    security = "tls" if tls else "none" if text(entry, "autotls") in ("", "never") else "starttls"
    place = {"protocol": "imap" if imap else "pop3", "host": host, "port": whole(entry, "port", 993, 1, 65535)}
    options: dict[str, Any] = {
        "folder": escaped(text(entry, "box", 200) or "INBOX"),
        "which": which if which in _SEARCHES else "UNSEEN",
        "afterwards": _MARKS.get(text(entry, "disposition"), "keep") if imap else "delete",
    }
    triggered = entry.get("fetch") == "trigger" or entry.get("inputs") == 1
    changed: tuple[str, ...]
    if triggered:
        changed = ("a mail is marked when it has been passed on; its attachments are bytes", CAUGHT)
    else:
        options["interval"] = min(86400.0, max(1.0, number(entry, "repeat", 300)))
        changed = ("a mail comes once, and is marked when the flow has finished with it; its attachments are bytes",)
    return Stand(
        "notify/fetch-mail" if triggered else "notify/read-mail",
        options,
        ("",),
        own=ConnectionSpec(type="notify/mailbox", options={**place, "security": security, "username": "unknown"}),
        credentials={"userid": "username", "password": "password"},
        lost=("criteria",) if which not in _SEARCHES else (),
        changed=changed,
    )


STANDS: Final[dict[str, Callable[[Entry], Stand]]] = {
    "influxdb out": _influx(points=False),
    "influxdb batch": _influx(points=True),
    "influxdb in": _influx_in,
    "e-mail": _mail,
    "e-mail in": _mail_in,
    "e-mail mta": refused("nothing here takes mail"),
}

CONNECTIONS: Final[dict[str, Callable[[Entry], Made]]] = {"influxdb": _influx_options}
"""Configuration nodes -> what gives the options of the connection that stands for one; it raises ValueError."""
