"""Node-RED's mqtt-broker, with the tls-config that it names, as the options of our connection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flowengine.nodered.entries import Entry

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}\Z")
ANNOUNCEMENTS = {"birth": "birth", "close": "close", "will": "will"}


def broker_options(entry: Entry, configurations: Mapping[str, Entry]) -> tuple[dict[str, Any], list[str]]:
    """Return the options of a connection `mqtt/broker`, and the names of what could not be taken."""
    lost: list[str] = []
    options: dict[str, Any] = {}
    host = str(entry.get("broker") or "127.0.0.1")
    secure = entry.get("usetls") is True
    if "://" in host:
        scheme, _, rest = host.partition("://")
        secure = secure or scheme in ("mqtts", "ssl", "tls", "wss")
        if scheme.startswith("ws"):
            lost.append("broker over WebSocket")
        host, _, port = rest.partition("/")[0].partition(":")
        if port:
            entry = {**entry, "port": port}
    options["host"] = _reference(host)
    port_text = str(entry.get("port") or ("8883" if secure else "1883"))
    options["port"] = int(port_text) if port_text.isdigit() and 0 < int(port_text) < 65536 else _reference(port_text)
    if str(entry.get("protocolVersion")) == "5":
        options["protocol"] = "5"
    if entry.get("clientid"):
        options["client_id"] = _reference(str(entry["clientid"]))
    keepalive = str(entry.get("keepalive") or "60")
    if keepalive.isdigit() and int(keepalive) <= 65535:
        options["keepalive"] = int(keepalive)
    if entry.get("cleansession") is False and entry.get("clientid"):
        options["clean_start"] = False
    expiry = str(entry.get("sessionExpiry") or "")
    if expiry.isdigit() and options.get("protocol") == "5":
        options["session_expiry"] = min(int(expiry), 4_294_967_295)
    for name in ANNOUNCEMENTS:
        topic = entry.get(f"{name}Topic")
        if isinstance(topic, str) and topic:
            options[name] = _announcement(entry, name, topic)
    if secure:
        options["tls"] = tls_options(configurations.get(str(entry.get("tls"))) or {}, lost)
    if entry.get("autoConnect") is False:
        lost.append("autoConnect (it connects when the flow starts)")
    return options, lost


def _announcement(entry: Entry, name: str, topic: str) -> dict[str, Any]:
    qos = str(entry.get(f"{name}Qos") or "0")
    made: dict[str, Any] = {"topic": _reference(topic), "payload": _reference(str(entry.get(f"{name}Payload") or ""))}
    if qos in ("1", "2"):
        made["qos"] = int(qos)
    if str(entry.get(f"{name}Retain")).lower() == "true":
        made["retain"] = True
    return made


def tls_options(entry: Mapping[str, Any], lost: list[str]) -> dict[str, Any]:
    """Return the option `tls` that a tls-config stands for; `lost` gets the names of what could not be taken."""
    made: dict[str, Any] = {}
    kind = entry.get("certType") or "files"
    names = {"files": ("ca", "cert", "key"), "pfx": ("", "p12", "")}.get(str(kind), ("caEnv", "certEnv", "keyEnv"))
    for theirs, ours in zip((*names, "servername"), ("ca", "certificate", "key", "server_name"), strict=True):
        given = entry.get(theirs)
        if isinstance(given, str) and given.strip():
            variable = theirs.endswith("Env") and "${" not in given
            made[ours] = _reference(f"${{{given.strip()}}}" if variable else given.strip())
    if entry.get("verifyservercert") is False:
        made["verify"] = False
    uploaded = ("p12name",) if kind == "pfx" else ("certname", "keyname", "caname") if kind == "files" else ()
    lost += [name for name in (*uploaded, "alpnprotocol") if entry.get(name)]
    if kind == "pfx":
        lost.append("certificates of CAs in the PKCS #12 file, which are not trusted by that: name them in tls.ca")
    return made


def proxy_options(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the option `proxy` that an `http proxy` stands for; None: it names none."""
    url, hosts = entry.get("url"), entry.get("noproxy")
    if not isinstance(url, str) or not url.strip():
        return None
    direct = [_reference(host.strip()) for host in map(str, hosts) if host.strip()] if isinstance(hosts, list) else []
    address = url if "://" in url else f"http://{url}"
    return {"url": _reference(address), **({"noproxy": direct} if direct else {})}


def _reference(text: str) -> str:
    """Return a text; `${NAME}` alone is a variable, which may be missing, as in Node-RED."""
    found = _VARIABLE.fullmatch(text)
    return f"${{{found[1]}:-}}" if found else text.replace("${", "$${")
