"""Credentials of Node-RED: read with their key, and left in flow files as references to secrets."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flowengine.nodered.names import Names

if TYPE_CHECKING:
    from flowengine.nodered.conversion import Conversion


NAMES = {"user": "username"}
"""Credential of an mqtt-broker -> option here."""

IN_TLS = {"passphrase": "key_password", "certdata": "certificate", "keydata": "key", "cadata": "ca"}
"""Credential of a tls-config -> our option; certificates that were uploaded are among them."""
IN_PFX = {"passphrase": "key_password", "p12data": "certificate"}
"""The same where it has certificate and key in one PKCS #12 file, uploaded as base64."""
UPLOADED = {"certname": "certificate", "keyname": "key", "caname": "ca", "p12name": "certificate"}
"""Where a tls-config names the file that was uploaded -> our option."""


class WrongKey(ValueError):
    """Credentials that cannot be read."""


def decrypt(text: bytes | str, key: str) -> dict[str, Any]:
    """Return the credentials in a flows_cred.json, by the id of their node.

    They are encrypted by AES-256-CTR; the key is the SHA-256 of `credentialSecret`, the first 32 hexadecimal digits
    are the counter's start.

    Raises:
        WrongKey: the file cannot be read with this key, or the package `cryptography` is missing.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WrongKey(f"the credentials are no JSON: {error}") from None
    if not isinstance(value, dict):
        raise WrongKey("the credentials are no JSON object")
    sealed = value.get("$")
    if not isinstance(sealed, str):
        return value
    if not key:
        raise WrongKey("the credentials are encrypted: state their key, the credentialSecret of settings.js")
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    except ImportError:
        raise WrongKey("encrypted credentials need the extra nodered: pip install flowengine-ot[nodered]") from None
    try:
        start = bytes.fromhex(sealed[:32])
        data = base64.b64decode(sealed[32:], validate=True)
        cipher = Cipher(algorithms.AES(hashlib.sha256(key.encode()).digest()), modes.CTR(start)).decryptor()
        opened = json.loads(cipher.update(data) + cipher.finalize())
    except (ValueError, binascii.Error):
        raise WrongKey("the credentials cannot be read with this key") from None
    if not isinstance(opened, dict):
        raise WrongKey("the credentials cannot be read with this key")
    return opened


class Secrets:
    """Gives each credential the name of a secret, and options that refer to it."""

    def __init__(self, credentials: Mapping[str, Any], by_id: Mapping[str, dict[str, Any]], result: Conversion) -> None:
        self._given = {id: dict(each) for id, each in credentials.items() if isinstance(each, dict)}
        for id, entry in by_id.items():
            if isinstance(entry.get("credentials"), dict):
                self._given[id] = {**entry["credentials"], **self._given.get(id, {})}
        self._names, self._result = Names(), result
        self._inlined: dict[tuple[str, str], str] = {}

    def options(
        self, entry: Mapping[str, Any], schema: Mapping[str, Any], names: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Return the options of a node that hold its credentials; `names`: credential -> option, no others."""
        options: dict[str, Any] = {}
        for key, value in self._given.get(str(entry["id"]), {}).items():
            if not isinstance(value, str) or not value:
                continue
            if names is not None:
                wanted = schema["properties"].get(key := names[key]) if key in names else None
            else:
                key = NAMES.get(key, key) if entry.get("type") == "mqtt-broker" else key
                wanted = schema["properties"].get(key)
            if wanted is not None:
                self._result.credentials.setdefault(str(entry["id"]), []).append(key)
            if wanted is not None and wanted.get("format") != "password":
                options[key] = value.replace("${", "$${")
                continue
            name = self._names.give(f"{entry.get('name') or entry.get('type')}-{key}", "secret")
            self._result.secrets[name] = value
            if wanted is not None:
                options[key] = f"${{secret:{name}}}"
        return options

    def inlined(self, entry: Mapping[str, Any], kind: str) -> dict[str, Any]:
        """Return the credentials of a configuration node whose settings stand in others' options."""
        names = {"username": "username", "password": "password"} if kind == "proxy" else IN_TLS
        names = IN_PFX if entry.get("certType") == "pfx" else names
        options: dict[str, Any] = {}
        for theirs, ours in names.items():
            value = self._given.get(str(entry["id"]), {}).get(theirs)
            if not isinstance(value, str) or not value:
                continue
            if theirs == "username":
                options[ours] = value.replace("${", "$${")
                continue
            name = self._inlined.get((str(entry["id"]), theirs))
            if name is None:
                name = self._names.give(f"{entry.get('name') or entry.get('type')}-{theirs}", "secret")
                self._inlined[str(entry["id"]), theirs] = name
                written = f"-----BEGIN PKCS12-----\n{value}\n-----END PKCS12-----\n"
                self._result.secrets[name] = written if theirs == "p12data" else value
            options[ours] = f"${{secret:{name}}}"
        return options

    def uploaded(self, entry: Mapping[str, Any], lost: list[str]) -> dict[str, Any]:
        """Return the options of the secrets of a tls-config; certificates that are among them are no longer `lost`."""
        given = self.inlined(entry, "tls")
        lost[:] = [name for name in lost if UPLOADED.get(name) not in given]
        return given

    def tell(self) -> None:
        """Say which secrets are to be set."""
        for name in self._result.secrets:
            variable = "FLOWENGINE_SECRET_" + name.upper().replace("-", "_")
            self._result.report.add("secret", name, hint=f"set the variable {variable}, or a file of this name")
