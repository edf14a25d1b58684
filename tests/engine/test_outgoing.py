"""Which hosts a flow may reach, and which no message may choose."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.errors import Refused, Retryable
from flowengine.flow.check import check_flow
from flowengine.flow.file import flow_file
from flowengine.flow.project import Project
from flowengine.flow.strict_json import parse_json
from flowengine.outgoing import ANYWHERE, VARIABLE, addresses_of, allow_list, lists_for, parse_rule, special
from flowengine.registry import Registry


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.discover()


FLOW_LIST = "the flow's list `outgoing`"


def reach(host: str, port: int = 80, named_by: Any = "message", *rules: str) -> list[str]:
    lists = [allow_list(rules, FLOW_LIST)] if rules else []
    return asyncio.run(addresses_of(host, port, lists, named_by))


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.9.9.9", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0", "localhost"),
        *("::1", "::", "::ffff:127.0.0.1", "::ffff:7f00:1", "64:ff9b::127.0.0.1", "2002:7f00:1::"),
        *("169.254.169.254", "169.254.1.1", "fe80::1", "::ffff:169.254.169.254", "fd00:ec2::254", "100.100.100.200"),
        *("10.0.0.1", "172.16.0.1", "192.168.1.1", "fc00::1", "fec0::1", "100.64.0.1", "198.18.0.1"),
        *("224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1"),
    ],
)
def test_no_message_reaches_this_computer_or_a_private_network(host: str) -> None:
    with pytest.raises(Refused, match="came with a message") as caught:
        reach(host)
    assert host in str(caught.value)
    assert '"outgoing": ["' in str(caught.value)


def test_a_message_reaches_public_addresses() -> None:
    assert reach("93.184.216.34") == ["93.184.216.34"]
    assert reach("2606:2800:220:1::1") == ["2606:2800:220:1::1"]


def test_what_the_author_wrote_is_his() -> None:
    assert reach("127.0.0.1", 80, "option") == ["127.0.0.1"]
    assert reach("no-such-host.invalid", 80, "option") == ["no-such-host.invalid"]


def test_a_list_opens_what_it_names_to_messages_too() -> None:
    assert reach("127.0.0.1", 8080, "message", "127.0.0.1:8080") == ["127.0.0.1"]
    assert reach("10.1.2.3", 80, "message", "10.1.0.0/16") == ["10.1.2.3"]
    assert "127.0.0.1" in reach("localhost", 80, "message", "localhost")
    assert reach("169.254.169.254", 80, "message", *ANYWHERE.split()) == ["169.254.169.254"]
    with pytest.raises(Refused, match="not among the hosts"):
        reach("127.0.0.1", 8081, "message", "127.0.0.1:8080")


def test_a_name_with_a_star_opens_no_private_address() -> None:
    with pytest.raises(Refused, match="this computer"):
        reach("localhost", 80, "message", "*")


def test_a_list_binds_the_author_as_well() -> None:
    assert reach("127.0.0.1", 502, "option", "127.0.0.0/8:502-510") == ["127.0.0.1"]
    with pytest.raises(Refused, match="not among the hosts of the flow's list"):
        reach("93.184.216.34", 80, "option", "erp.plant")


def test_a_name_that_nobody_knows_may_be_known_later() -> None:
    with pytest.raises(Retryable, match="cannot be looked up"):
        reach("no-such-host.invalid")
    with pytest.raises(Retryable, match="cannot be looked up"):
        reach("a" * 64 + ".example")


def test_names_are_the_same_in_capitals_and_with_a_dot_at_the_end() -> None:
    rule = parse_rule("*.Plant.example:443")
    assert rule.names("erp.plant.EXAMPLE.", 443)
    assert not rule.names("plant.example", 443)
    assert not rule.names("evilplant.example", 443)
    assert not rule.names("erp.plant.example", 80)


BROKEN = ["", " ", "a b", "http://erp", "erp/x", "erp:", "erp:99999", "erp:9-1", "::1", "[::1", "10.0.0.0/33", "*a"]


@pytest.mark.parametrize("text", [*BROKEN, "a.*", "1.2.3"])
def test_what_is_no_host_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no host|a port is"):
        parse_rule(text)


@given(st.ip_addresses(v=4))
def test_an_address_in_ipv6_clothes_is_judged_as_what_it_is(address: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.IPv6Address((0xFFFF << 32) | int(address))
    assert special(mapped) == special(address)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader_of_rules(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_rule(text).text == text


def test_the_list_of_an_installation_binds_every_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "erp.plant 10.0.0.0/8")
    assert [one.whose for one in lists_for(["a"])] == ["the variable FLOWENGINE_OUTGOING", FLOW_LIST]
    assert len(lists_for(None)) == 1


def problems(registry: Registry, **flow: Any) -> list[tuple[str, str]]:
    data = {"flowengine": 1, "name": "out", **flow}
    file = flow_file(parse_json(json.dumps(data), "out.json"), "out")
    found = check_flow(file, Project.of(file), registry)
    return [(problem.code, problem.path) for problem in found if problem.severity == "error"]


BROKER = {
    "connections": {"broker": {"type": "mqtt/broker", "options": {"host": "broker.plant"}}},
    "nodes": {"in": {"type": "mqtt/subscribe", "options": {"connection": "broker", "topic": "a"}}},
}


def test_the_check_refuses_a_connection_that_the_list_leaves_out(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert problems(registry, **BROKER) == []
    assert problems(registry, **BROKER, outgoing=["broker.plant:1883"]) == []
    assert problems(registry, **BROKER, outgoing=["broker.plant:8883"]) == [("outgoing", "$.connections.broker")]
    assert problems(registry, **BROKER, outgoing=[]) == [("outgoing", "$.connections.broker")]
    monkeypatch.setenv(VARIABLE, "erp.plant")
    assert problems(registry, **BROKER) == [("outgoing", "$.connections.broker")]
    monkeypatch.setenv(VARIABLE, "http://erp.plant")
    assert problems(registry, **BROKER) == [("bad-outgoing", "$")]


def test_the_check_refuses_entries_that_are_no_hosts(registry: Registry) -> None:
    assert problems(registry, outgoing=["a:b:c", "ok", "http://x"]) == [
        ("bad-outgoing", "$.outgoing[0]"),
        ("bad-outgoing", "$.outgoing[2]"),
    ]
