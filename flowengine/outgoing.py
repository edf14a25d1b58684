"""Which hosts a flow may reach: allow-lists, and what no message may choose.

Two lists can say it: the flow's own (`"outgoing": ["erp.plant:443", "10.1.0.0/16"]`), and one for all flows of an
installation, in the variable `FLOWENGINE_OUTGOING`, with spaces between. Where both are set both must allow a host.

What the author of a flow has written down as a node's address is his to choose. What comes with a message is not: a
stranger may have sent it. So such an address is judged after its name was looked up, and one on this computer or in
the plant's own networks is refused unless a list names it. The connection is made to the address that was judged,
never by the name again: who answers for the name could say something else the second time (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import re
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from flowengine.errors import Refused, Retryable

VARIABLE: Final = "FLOWENGINE_OUTGOING"
ANYWHERE: Final = "* 0.0.0.0/0 [::/0]"
"""The list that opens everything, for messages too."""
MOST: Final = 1000
"""Rules of one list at most."""

NamedBy = Literal["option", "message"]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

Reach = Callable[[str, int], list[str]]
"""Returns where a host that an author wrote down may be reached at a port. As `addresses_of`, but that it blocks."""

_RULE = re.compile(
    r"(?:\[(?P<six>[0-9A-Fa-f:./]+)\]|(?P<host>[^\s:\[\]]+))(?::(?P<port>\d{1,5})(?:-(?P<last>\d{1,5}))?)?"
)
_NAME = re.compile(r"(?:\*|(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?)\.?")
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_SITE_LOCAL: Final = ipaddress.ip_network("fec0::/10")


@dataclass(frozen=True)
class Rule:
    """One entry of a list: `erp.plant`, `*.plant:443`, `10.1.0.0/16:502`, `[fd00::1]:8000-8099`, or `*`, any name."""

    text: str
    name: str = ""
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None = None
    ports: tuple[int, int] = (0, 65535)

    def names(self, host: str, port: int) -> bool:
        """Say whether it names a host."""
        if not self.name or not self.ports[0] <= port <= self.ports[1]:
            return False
        host = host.lower().removesuffix(".")
        return self.name in ("*", host) or (self.name.startswith("*.") and host.endswith(self.name[1:]))

    def names_exactly(self, host: str, port: int) -> bool:
        """Say whether it names this host and no other: only then its address may be a private one."""
        return "*" not in self.name and self.names(host, port)

    def covers(self, address: Address, port: int) -> bool:
        """Say whether an address lies in its network."""
        return self.network is not None and self.ports[0] <= port <= self.ports[1] and address in self.network


@dataclass(frozen=True)
class AllowList:
    """The rules of a flow, or of an installation."""

    rules: tuple[Rule, ...]
    whose: str
    """Where it stands, for whoever has to change it."""

    def allows(self, host: str, port: int, addresses: Sequence[Address]) -> bool:
        """Say whether a rule names the host, or each of its addresses lies in a network that the list names."""
        if any(rule.names(host, port) for rule in self.rules):
            return True
        return bool(addresses) and all(any(rule.covers(one, port) for rule in self.rules) for one in addresses)


def parse_rule(text: str) -> Rule:
    """Read one entry of a list.

    Raises:
        ValueError: it is none; the text says what one looks like.
    """
    found = _RULE.fullmatch(text.strip())
    wrong = (
        f"'{text[:100]}' is no host: write a name, *.name, an address or a network, and :port or :first-last behind it"
    )
    if found is None:
        raise ValueError(wrong)
    first = int(found["port"] or 0)
    last = int(found["last"] or found["port"] or 65535)
    if first > last or last > 65535:
        raise ValueError(f"'{text[:100]}': a port is a number from 0 to 65535")
    host = found["six"] or found["host"]
    try:
        return Rule(text, network=ipaddress.ip_network(host, strict=False), ports=(first, last))
    except ValueError:
        if found["six"] or "/" in host or _NAME.fullmatch(host) is None or re.fullmatch(r"[0-9.]+", host):
            raise ValueError(wrong) from None
    return Rule(text, name=host.lower().removesuffix("."), ports=(first, last))


def allow_list(texts: Iterable[str], whose: str) -> AllowList:
    """Read a list.

    Raises:
        ValueError: an entry is none.
    """
    texts = list(texts)
    if len(texts) > MOST:
        raise ValueError(f"{whose} has more than {MOST} entries")
    return AllowList(tuple(parse_rule(text) for text in texts), whose)


@lru_cache(maxsize=1)
def _installation(text: str) -> AllowList:
    return allow_list(text.split(), f"the variable {VARIABLE}")


def lists_for(outgoing: Sequence[str] | None) -> tuple[AllowList, ...]:
    """Return the lists that bind a flow with this one of its own; None: it has none.

    Raises:
        ValueError: an entry is none.
    """
    text = os.environ.get(VARIABLE, "").strip()
    found = (_installation(text),) if text else ()
    return found if outgoing is None else (*found, allow_list(outgoing, "the flow's list `outgoing`"))


def refusal(host: str, port: int, addresses: Sequence[Address], lists: Sequence[AllowList], named_by: NamedBy) -> str:
    """Say why a host may not be reached, by which rule, and what to do; empty: it may be."""
    for one in lists:
        if not one.allows(host, port, addresses):
            return f"{host}:{port} is not among the hosts of {one.whose}: add it there if it is meant to be reached"
    if named_by == "message":
        for address in addresses:
            kind = special(address)
            if kind and not _opened(host, port, address, kind, lists):
                shown = host if host == str(address) else f"{host} ({address})"
                return (
                    f"{shown} is {kind}, and the address came with a message: "
                    f'name it in the flow\'s list, "outgoing": ["{address}:{port}"], if it is meant to be reached'
                )
    return ""


def _opened(host: str, port: int, address: Address, kind: str, lists: Sequence[AllowList]) -> bool:
    """Say whether a list names a special address on purpose; link-local ones (metadata services) by their number."""
    rules = [rule for one in lists for rule in one.rules]
    if any(rule.covers(address, port) for rule in rules):
        return True
    return kind != LINK_LOCAL and any(rule.names_exactly(host, port) for rule in rules)


LINK_LOCAL: Final = "a link-local address, where clouds keep their metadata"


def special(address: Address) -> str:
    """Say what keeps messages from an address; empty: it is one of the internet's."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None and not address.is_loopback:
            return special(inner)
        if address in _SITE_LOCAL:
            return "a private address"
    if address.is_unspecified or address.is_loopback:
        return "this computer"
    if address.is_link_local:
        return LINK_LOCAL
    if address.is_multicast:
        return "a multicast address"
    return "" if address.is_global else "a private address"


async def addresses_of(host: str, port: int, lists: Sequence[AllowList], named_by: NamedBy) -> list[str]:
    """Return where to connect to: the addresses of a host, looked up and judged.

    What an author wrote, where no list is set, comes back as it is: there is nothing to judge.

    Raises:
        Refused: it may not be reached.
        Retryable: its name cannot be looked up.
    """
    if named_by == "option" and not lists:
        return [host]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _unknown(host, error) from None
    return _judged(host, port, [str(entry[4][0]) for entry in found], lists, named_by)


def reach_for(outgoing: Sequence[str] | None) -> Reach:
    """Return what a flow with this list of its own may reach, for whoever connects in its name outside of it."""

    def reach(host: str, port: int) -> list[str]:
        lists = lists_for(outgoing)
        if not lists:
            return [host]
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise _unknown(host, error) from None
        return _judged(host, port, [str(entry[4][0]) for entry in found], lists, "option")

    return reach


def _unknown(host: str, error: Exception) -> Retryable:
    return Retryable(f"{host[:255]}: the name cannot be looked up: {error}")


def _judged(host: str, port: int, found: list[str], lists: Sequence[AllowList], named_by: NamedBy) -> list[str]:
    texts = list(dict.fromkeys(found))
    why = refusal(host, port, [ipaddress.ip_address(text) for text in texts], lists, named_by)
    if why:
        raise Refused(why)
    return texts
