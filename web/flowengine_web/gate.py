"""The gate before every route: is the request meant for us, does it come from our page, who sends it, may he?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from flowengine.access.rights import Rights
from flowengine.access.roles import Right, may
from flowengine.access.sessions import SignedIn
from flowengine.access.tokens import same
from flowengine_web.refusal import Refusal
from flowengine_web.route import Route
from flowengine_web.site import Address


def bearer_of(authorization: str) -> str | None:
    """Return the API token that a request brings; None: it brings none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.casefold() == "bearer" else None


def check_host(address: Address, host: str) -> None:
    """Refuse requests under a name that is not ours: a page elsewhere could let its name point here (DNS rebinding).

    Raises:
        Refusal: 403.
    """
    if not address.knows(host):
        raise Refusal(
            403,
            "wrong-host",
            f"this server is not known as '{host[:100]}'",
            "use its IP address, or start it with --name NAME",
        )


def check_role(route: Route, who: SignedIn | None, rights: Callable[[], Rights]) -> None:
    """Refuse who may not, not even in some area of flows.

    Raises:
        Refusal: 401 nobody is signed in, 403 the role does not suffice.
    """
    if route.role is None:
        return
    if who is None:
        raise Refusal(401, "not-signed-in", "nobody is signed in, or not any more", "sign in, or send a token")
    if not may(who.role, route.role) and not (route.in_areas and rights().may_somewhere(route.role)):
        raise Refusal(403, "forbidden", f"this needs the role {route.role}; '{who.user}' is {who.role}", "ask an admin")


def check_flows(route: Route, who: SignedIn | None, rights: Callable[[], Rights], given: Mapping[str, Any]) -> None:
    """Refuse who has the role, but not in the area of each flow that the request is about.

    Raises:
        Refusal: 403.
    """
    if route.role is None or who is None or may(who.role, route.role):
        return
    for flow in route.flows_of(given):
        check_flow(route.role, who, rights(), flow)


def check_flow(needed: Right, who: SignedIn, rights: Rights, flow: str) -> None:
    """Refuse who has not the role in the area of a flow; an empty name: for what all flows share.

    Raises:
        Refusal: 403.
    """
    if not rights.may(needed, flow):
        what = f"the flow '{flow[:100]}'" if flow else "what all flows share"
        message = f"this needs the role {needed} for {what}; '{who.user}' has it for others"
        raise Refusal(403, "forbidden", message, "ask an admin")


def check_our_page(who: SignedIn | None, host: str, origin: str | None, csrf: str) -> None:
    """Refuse changes that another page had a browser send.

    The origin must be ours, and who is signed in proves by a token, which only our page can read, that it is our page.

    Raises:
        Refusal: 403.
    """
    if origin is None or urlsplit(origin).netloc.lower() != host.lower():
        shown = "none" if origin is None else f"'{origin[:100]}'"
        raise Refusal(403, "wrong-origin", f"the request's origin is {shown}, not this server", f"send Origin: {host}")
    if who is not None and not same(csrf, who.csrf):
        raise Refusal(
            403, "wrong-csrf-token", "the header X-CSRF-Token is missing or wrong", "read GET /api/session again"
        )
