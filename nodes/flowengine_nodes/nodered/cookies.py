"""Cookies (RFC 6265) as Node-RED's HTTP nodes write and read them: their values are percent-encoded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any, Final
from urllib.parse import quote, unquote

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.message import MISSING

_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_PLAIN: Final = re.compile(r"[ -:<-~]*\Z")


def read(header: str) -> dict[str, str]:
    """Return the cookies that a `Cookie` header holds; of two with one name the first."""
    found: dict[str, str] = {}
    for pair in header.split(";"):
        name, sign, value = pair.strip().partition("=")
        if sign and name:
            found.setdefault(name.strip(), unquote(value.strip().strip('"')))
    return found


def sent(header: str, cookies: Any) -> str:
    """Return a `Cookie` header with the cookies that a msg adds; one that is null, or cannot be sent, is left out."""
    pairs = dict(pair.strip().partition("=")[::2] for pair in header.split(";") if "=" in pair)
    for name, given in cookies.items() if isinstance(cookies, Mapping) else ():
        value, plain = (
            (given.get("value"), given.get("encode") is False) if isinstance(given, Mapping) else (given, False)
        )
        if value is None or value is MISSING or not _NAME.match(name):
            continue
        text = js.text(value)
        if plain and not _PLAIN.match(text):
            continue
        pairs[name] = text if plain else _encoded(text)
    return "; ".join(f"{name}={value}" for name, value in pairs.items())


def set_by(name: str, given: Any, now: float) -> str:
    """Return a `Set-Cookie` header for what `msg.cookies` of an answer says of one name; null clears it.

    Args:
        name: its name.
        given: its value, or an object with `value`, `maxAge` (ms), `expires` (ms since 1970), `path` ...
        now: seconds since 1970.

    Raises:
        ValueError: it cannot be sent so.
    """
    options: Mapping[str, Any] = given if isinstance(given, Mapping) else {"value": given}
    value = options.get("value")
    if not _NAME.match(name):
        raise ValueError(f"{name[:40]!r} is no name of a cookie")
    if value is None or value is MISSING:
        return f"{name}=; Path={_checked(options, 'path') or '/'}; Expires={formatdate(0, usegmt=True)}"
    text = "j:" + js.stringify(value) if isinstance(value, dict | list) else js.text(value)
    parts = [f"{name}={_encoded(text)}"]
    age, expires = js.number(options.get("maxAge", MISSING)), js.number(options.get("expires", MISSING))
    if age == age:
        parts.append(f"Max-Age={int(age // 1000)}")
        expires = (now * 1000) + age
    if options.get("domain"):
        parts.append(f"Domain={_checked(options, 'domain')}")
    parts.append(f"Path={_checked(options, 'path') or '/'}")
    if expires == expires:
        parts.append(f"Expires={formatdate(expires / 1000, usegmt=True)}")
    parts += [word for key, word in (("httpOnly", "HttpOnly"), ("secure", "Secure")) if js.truthy(options.get(key))]
    if same := options.get("sameSite"):
        parts.append(f"SameSite={'Strict' if same is True else js.text(same).capitalize()[:6]}")
    return "; ".join(parts)


def _encoded(text: str) -> str:
    return quote(text, safe="!~*'()")


def _checked(options: Mapping[str, Any], key: str) -> str:
    text = js.text(options[key]) if options.get(key) else ""
    if not _PLAIN.match(text):
        raise ValueError(f"{text[:40]!r} cannot be the {key} of a cookie")
    return text
