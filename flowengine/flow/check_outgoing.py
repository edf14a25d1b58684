"""What a flow says it reaches is held against the lists of hosts that it may reach."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Iterator, Sequence

from flowengine.flow.expansion import Expansion
from flowengine.flow.problem import Keys, Report
from flowengine.node import Node
from flowengine.outgoing import AllowList, allow_list, lists_for, parse_rule, refusal


def check_outgoing(expansion: Expansion, report: Report) -> None:
    """Check the flow's list, and every host that the options of its nodes and connections name.

    No name is looked up here: a name has to be listed as a name, an address as an address or by its network.
    """
    flow = expansion.file.flow
    assert flow is not None
    if not _check_rules(flow.outgoing or (), report):
        return
    try:
        lists = lists_for(flow.outgoing)
    except ValueError as error:
        report.error("bad-outgoing", (), str(error), hint="it is set where the engine is started")
        return
    if lists:
        for cls, options, keys, node in _users(expansion):
            _check_hosts(cls, options, lists, report, keys, node)


def _check_rules(rules: Sequence[str], report: Report) -> bool:
    sound = True
    for number, text in enumerate(rules):
        try:
            parse_rule(text)
        except ValueError as error:
            report.error("bad-outgoing", ("outgoing", number), str(error))
            sound = False
    return sound and bool(allow_list(rules, ""))


def _users(expansion: Expansion) -> Iterator[tuple[type[Node], dict[str, object], Keys, str]]:
    used = {name for placed in expansion.nodes.values() for name in placed.connections.values()}
    for placed in expansion.nodes.values():
        if placed.cls is not None and placed.resolved.complete:
            key = placed.id.partition("/")[0]
            yield placed.cls, placed.resolved.value, ("nodes", key), placed.id
    for name, connection in expansion.connections.items():
        if name in used and connection.cls is not None and connection.resolved.complete:
            keys: Keys = () if connection.shared else ("connections", name)
            yield connection.cls, connection.resolved.value, keys, ""


def _check_hosts(
    cls: type[Node], options: dict[str, object], lists: Sequence[AllowList], report: Report, keys: Keys, node: str
) -> None:
    try:
        hosts = cls.named_hosts(options)
    except (TypeError, ValueError, KeyError, AttributeError):
        return  # options that do not fit: the check of options says so
    for host, port in hosts:
        addresses = []
        with contextlib.suppress(ValueError):
            addresses = [ipaddress.ip_address(host)]
        why = refusal(host, port, addresses, lists, "option")
        if why:
            report.error("outgoing", keys, f"{cls.type}: {why}", node=node)
