"""Where an answer of HTTP sends a request on to (RFC 9110, chapter 15.4)."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urljoin, urlsplit

MOST: Final = 10
"""Redirects that one request follows."""

_SENT_ON: Final = frozenset((301, 302, 303, 307, 308))
_OF_A_BODY: Final = ("content-type", "content-length", "content-encoding", "transfer-encoding")
_OF_A_USER: Final = ("authorization", "cookie")


def redirected(status: int, location: str, method: str, url: str, request: dict[str, Any]) -> tuple[str, str] | None:
    """Return method and address of the next request; None: the answer sends it nowhere.

    `request`, the arguments of the request that was answered, loses its body where the method becomes GET, and who
    asks where another server is to be asked.

    Raises:
        ValueError: it leads to something else than http and https.
    """
    if status not in _SENT_ON or not location:
        return None
    target = urljoin(url, location)
    there, here = urlsplit(target), urlsplit(url)
    if there.scheme not in ("http", "https") or not there.hostname:
        raise ValueError(f"the answer leads to an address that cannot be asked: {target[:200]}")
    if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
        method = "GET"
        request.pop("data", None)
        _without(request, _OF_A_BODY)
    if (there.scheme, there.netloc) != (here.scheme, here.netloc):
        for key in ("auth", "middlewares"):
            request.pop(key, None)
        _without(request, _OF_A_USER)
    return method, target


def _without(request: dict[str, Any], names: tuple[str, ...]) -> None:
    request["headers"] = {name: value for name, value in request["headers"].items() if name.lower() not in names}
